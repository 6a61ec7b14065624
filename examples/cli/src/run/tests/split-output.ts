import type { StackPackage } from '@capstan/code';

/** A part of what was printed, and the folder that its paths are relative to. */
export interface OutputPart {
  readonly folder: string;
  readonly text: string;
}

/**
 * Tells the output of packages from one another, as tools print it that run a script in each: turbo and lerna put the
 * package's name before each line, pnpm its folder, yarn the name in brackets, npm a heading.
 */
export function splitOutput(
  text: string,
  packages: readonly Pick<StackPackage, 'name' | 'path'>[],
  folder: string,
): OutputPart[] {
  const parts = new Map<string, string[]>();
  const names = new Map(packages.flatMap(({ name, path }) => (name === undefined ? [] : [[name, path] as const])));
  const paths = new Set(packages.map(({ path }) => path));
  let under = folder;
  for (const line of text.split('\n')) {
    const heading = /^> (\S+)@\S+ \S+$/.exec(line)?.[1];
    const nested = heading === undefined ? undefined : names.get(heading);
    if (nested !== undefined) under = nested;
    const { place, rest } = prefixed(line, names, paths) ?? { place: under, rest: line };
    const known = parts.get(place);
    if (known) known.push(rest);
    else parts.set(place, [rest]);
  }
  return [...parts].map(([place, lines]) => ({ folder: place, text: lines.join('\n') }));
}

function prefixed(
  line: string,
  names: ReadonlyMap<string, string>,
  paths: ReadonlySet<string>,
): { place: string; rest: string } | undefined {
  const [, bracketed, named, before, rest = ''] =
    /^(?:\[([^\]\s]+)\]:|((?:@[\w.-]+\/)?[\w.-]+):(?:[\w:.-]+:)?|(\S+) [\w:.-]+:) ?(.*)$/.exec(line) ?? [];
  const place = names.get(bracketed ?? named ?? '') ?? (before !== undefined && paths.has(before) ? before : undefined);
  return place === undefined ? undefined : { place, rest };
}
