import type { IndexStore } from '../index/index-store.ts';
import { historyIndex, readHistory, type CommitHistory, type HistoryIndex } from '../rank/commit-history.ts';
import { fileRank } from '../rank/file-rank.ts';
import { parseQuery, withIssues } from '../rank/query.ts';
import { rankFiles, type RankedFile, type Signal } from '../rank/rank-files.ts';
import type { CodeIndex, SearchHit, SearchOptions, WorkAtHand } from './code-index.ts';
import type { Knowledge } from './knowledge.ts';
import { orderByMeaning } from './order-by-meaning.ts';
import { drawRepoMap } from './repo-map.ts';

const historyPart = 'history.json';

/** Answers queries over what is known. */
export interface Searcher {
  readonly search: CodeIndex['search'];
  readonly repoMap: CodeIndex['repoMap'];
  /** Files that past commits changed together with a file, the most often first. Empty until a search read them. */
  companions(path: string): readonly string[];
}

export function searcher(known: () => Knowledge, store: IndexStore | undefined): Searcher {
  const history = historyOf(known, store);
  return {
    async search(text, options = {}) {
      const { limit = 10, work, embed, signal } = options;
      const past = options.history === false ? undefined : await history.read(signal);
      const knowledge = known();
      const ranked = rankFiles({
        table: knowledge.table,
        query: withIssues(parseQuery(text), work?.issues ?? []),
        history: past,
        near: nearTo(knowledge, work, past),
        allowed: allowed(knowledge, options),
        limit: embed ? Math.max(limit, 30) : limit,
      });
      const hits = ranked.map((one) => hitOf(knowledge, one));
      if (!embed) return hits;
      return (await orderByMeaning(hits, { text, root: knowledge.live.root, embed, signal, why: whyOf })).slice(
        0,
        limit,
      );
    },
    async repoMap({ tokens = 2000, work, mask = () => true, signal } = {}) {
      const past = await history.read(signal);
      const { table, graph, finder } = known();
      const seeds = seedsOf(work, past);
      const rank = fileRank(table.paths, graph, seeds);
      const ranked = table.paths
        .map((path, file) => ({
          path,
          rank: (rank[file] ?? 0) + 0.5 * (past?.churn[file] ?? 0),
          kind: table.kinds[file],
        }))
        .filter(({ path, kind }) => (kind === 'source' || work?.files?.includes(path)) && mask(path))
        .toSorted((one, other) => other.rank - one.rank || (one.path < other.path ? -1 : 1));
      return drawRepoMap({ ranked, outline: finder.outline, tokens });
    },
    companions: (path) => companionsOf(known(), history.last(), path),
  };
}

interface History {
  read(signal?: AbortSignal): Promise<HistoryIndex | undefined>;
  last(): HistoryIndex | undefined;
}

/** Commits are read once for each state of the repository, and what is kept of them on disk is gone on from. */
function historyOf(known: () => Knowledge, store: IndexStore | undefined): History {
  let commits: CommitHistory | undefined;
  let laidOut:
    | { readonly of: CommitHistory; readonly table: Knowledge['table']; readonly index: HistoryIndex }
    | undefined;
  return {
    async read(signal) {
      commits ??= keptHistory(store);
      const before = commits;
      const read = await readHistory(known().live.root, { known: before, ...(signal ? { signal } : {}) });
      commits = read;
      if (read !== before && read.head !== '') keepHistory(store, read);
      const { table } = known();
      if (laidOut?.of !== read || laidOut.table !== table) {
        laidOut = { of: read, table, index: historyIndex(read, table.numberOf, table.paths.length) };
      }
      return laidOut.index;
    },
    last: () => laidOut?.index,
  };
}

function keptHistory(store: IndexStore | undefined): CommitHistory | undefined {
  return store?.loadPart(historyPart) as CommitHistory | undefined;
}

function keepHistory(store: IndexStore | undefined, history: CommitHistory): void {
  try {
    store?.savePart(historyPart, history);
  } catch {
    // A full disk costs time at the next start, nothing else.
  }
}

function companionsOf({ table }: Knowledge, history: HistoryIndex | undefined, path: string): readonly string[] {
  const file = table.numberOf(path);
  if (!history || file === undefined) return [];
  const scores = history.companions(new Map([[file, 1]]));
  const found = table.paths
    .map((other, number) => ({ other, score: scores[number] ?? 0 }))
    .filter(({ score }) => score > 0.1);
  return found.toSorted((one, two) => two.score - one.score).map(({ other }) => other);
}

/** Nearness to the files of the work, and a little to those that the last commits changed. */
function nearTo({ table, graph }: Knowledge, work: WorkAtHand | undefined, past: HistoryIndex | undefined) {
  const seeds = seedsOf(work, past);
  return seeds.size === 0 ? undefined : fileRank(table.paths, graph, seeds).map(Math.sqrt);
}

const recentCommits = 20;
/** What all files of the last commits together weigh beside one file of the work. */
const recentWeight = 0.5;

function seedsOf(work: WorkAtHand | undefined, past: HistoryIndex | undefined): ReadonlyMap<string, number> {
  const files = work?.files ?? [];
  const seeds = new Map<string, number>();
  if (files.length === 0) return seeds;
  const recent = past?.lastChanged(recentCommits) ?? [];
  for (const path of recent) seeds.set(path, recentWeight / recent.length);
  for (const path of files) seeds.set(path, 1);
  return seeds;
}

function allowed({ table }: Knowledge, { path, kinds, mask }: SearchOptions): (file: number) => boolean {
  const folder = path === undefined || path === '' || path === '.' ? '' : path.replace(/\/$/, '');
  return (file) => {
    const name = table.paths[file] ?? '';
    const inside = folder === '' || name === folder || name.startsWith(`${folder}/`);
    const wanted = kinds === undefined || kinds.includes(table.kinds[file] ?? 'source');
    return inside && wanted && (mask?.(name) ?? true);
  };
}

function hitOf({ table, finder }: Knowledge, { file, score, signals, bestChunk }: RankedFile): SearchHit {
  const path = table.paths[file] ?? '';
  const segment = bestChunk && table.segments[bestChunk.segment]?.segment;
  const { line, endLine } = segment && bestChunk ? segment.chunkAt(bestChunk.chunk) : { line: 1, endLine: 1 };
  const inside = finder.outline(path).filter((one) => one.line >= line && one.line <= endLine && one.kind !== 'field');
  return {
    path,
    score: Math.round(score * 10_000) / 10_000,
    signals,
    why: whyOf(signals),
    line,
    endLine,
    symbols: inside.slice(0, 8).map(({ name, container }) => (container === '' ? name : `${container}.${name}`)),
  };
}

const words: Readonly<Record<Signal, string>> = {
  content: 'its text has the words',
  window: 'some of its lines have them together',
  names: 'it declares such names',
  path: 'its path has the words',
  scope: 'it lies in the part named',
  history: 'commits with such subjects changed it',
  churn: 'it changes often',
  companions: 'it changes together with other hits',
  near: 'it lies near the work at hand',
  meaning: 'its lines mean what was asked',
};

/** The strongest three signals in words. */
function whyOf(signals: RankedFile['signals']): string {
  const strongest = Object.entries(signals).toSorted(([, one], [, other]) => other - one);
  const told = strongest.filter(([, value]) => value >= 0.2).slice(0, 3);
  return (told.length > 0 ? told : strongest.slice(0, 1)).map(([signal]) => words[signal as Signal]).join('; ');
}
