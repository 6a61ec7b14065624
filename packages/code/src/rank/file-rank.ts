import type { ModuleGraph } from '../index/module-graph.ts';

const damping = 0.85;
const rounds = 20;

/**
 * Ranks files by who imports them (PageRank): a file counts that much imports, and more when that itself counts.
 *
 * @param seeds Files that the walk begins at again and again, with their weights; the rank is then their surroundings.
 *   Empty: all files alike.
 * @returns One number a file, the largest 1.
 */
export function fileRank(
  paths: readonly string[],
  graph: ModuleGraph,
  seeds: ReadonlyMap<string, number> = new Map(),
): Float64Array {
  const numbers = new Map(paths.map((path, number) => [path, number]));
  const links = paths.map((path) => neighbours(path, { graph, numbers, both: seeds.size > 0 }));
  const start = new Float64Array(paths.length);
  const known = [...seeds].filter(([path]) => numbers.has(path));
  const sum = known.reduce((total, [, weight]) => total + weight, 0);
  if (sum === 0) start.fill(1 / Math.max(1, paths.length));
  else for (const [path, weight] of known) start[numbers.get(path) ?? 0] = weight / sum;
  let rank = start.slice();
  for (let round = 0; round < rounds; round++) {
    const next = start.map((value) => value * (1 - damping));
    let lost = 0;
    for (const [file, targets] of links.entries()) {
      const share = damping * (rank[file] ?? 0);
      if (targets.length === 0) lost += share;
      else for (const target of targets) next[target] = (next[target] ?? 0) + share / targets.length;
    }
    for (let file = 0; file < next.length; file++) next[file] = (next[file] ?? 0) + lost * (start[file] ?? 0);
    rank = next;
  }
  const most = rank.reduce((one, other) => Math.max(one, other), 0);
  return most === 0 ? rank : rank.map((value) => value / most);
}

interface Neighbours {
  readonly graph: ModuleGraph;
  readonly numbers: ReadonlyMap<string, number>;
  /** Whoever imports a file lies near it too. */
  readonly both: boolean;
}

function neighbours(path: string, { graph, numbers, both }: Neighbours): number[] {
  const paths = both ? [...graph.targetsOf(path), ...graph.importersOf(path)] : graph.targetsOf(path);
  return paths.flatMap((target) => numbers.get(target) ?? []);
}
