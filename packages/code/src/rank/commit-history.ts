import { findGit, openGit } from '@capstan/tools';
import { wordsOfText } from '../parse/words.ts';
import { repositoryHead } from './repository-head.ts';

/** A commit as the ranking uses it. */
export interface Commit {
  /** Seconds since 1970. */
  readonly at: number;
  readonly subject: string;
  /** Paths as they are called today, as far as exact renames tell. */
  readonly files: readonly string[];
}

/** The last commits of a repository, the newest first. */
export interface CommitHistory {
  /** Hash of the commit it ends with; empty where there is none. */
  readonly head: string;
  readonly commits: readonly Commit[];
}

/** Commits that change more files than this tell nothing of each. */
const maxFiles = 60;

export interface HistoryOptions {
  readonly maxCommits?: number;
  /** What an earlier call gave; only what is newer is read then. */
  readonly known?: CommitHistory | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the last commits (default 4,000) with the files they changed. Gives an empty history where git, a repository or
 * its commits are missing.
 */
export async function readHistory(root: string, options: HistoryOptions = {}): Promise<CommitHistory> {
  const { maxCommits = 4000, known, signal } = options;
  const here = repositoryHead(root);
  if (here === '') return { head: '', commits: [] };
  if (known && known.head !== '' && known.head === here) return known;
  const git = openGit(root);
  const run = async (words: readonly string[]): Promise<string | undefined> => {
    const chunks: Buffer[] = [];
    const onOutput = (chunk: Buffer, from?: string): void => {
      if (from !== 'stderr') chunks.push(chunk);
    };
    const end = await git
      .attempt(words, { onOutput, timeoutMs: 60_000, ...(signal ? { signal } : {}) })
      .catch(() => undefined);
    signal?.throwIfAborted();
    return end?.exitCode === 0 ? Buffer.concat(chunks).toString('utf8') : undefined;
  };
  const head = (await run(['rev-parse', '--verify', '--quiet', 'HEAD']))?.trim() ?? '';
  if (head === '') return { head: '', commits: [] };
  if (known?.head === head) return known;
  const grows =
    known !== undefined &&
    known.head !== '' &&
    (await run(['merge-base', '--is-ancestor', known.head, 'HEAD'])) !== undefined;
  // Naming a path makes git leave side branches out, so it is done only where the root is a part of the repository.
  const part = findGit(root)?.top === root ? [] : ['--full-history', '--', '.'];
  const log = await run([...logWords, `--max-count=${maxCommits}`, grows ? `${known.head}..HEAD` : 'HEAD', ...part]);
  // What git could not give, for want of time or of objects, is asked for again the next time.
  if (log === undefined) return { head: '', commits: known?.commits ?? [] };
  const fresh = parseLog(log);
  const commits = grows ? [...fresh.commits, ...renamed(known.commits, fresh.renames)] : fresh.commits;
  return { head, commits: commits.slice(0, maxCommits) };
}

// Only exact renames are looked for: they need no contents, which a partial clone may not have.
const logWords = [
  'log',
  '--no-merges',
  '--no-show-signature',
  '--relative',
  '--name-status',
  '-M100%',
  '-z',
  '--format=%x01%at%x02%s%x02',
];

interface ParsedLog {
  readonly commits: readonly Commit[];
  /** Earlier names with today's. */
  readonly renames: ReadonlyMap<string, string>;
}

function parseLog(log: string): ParsedLog {
  const renames = new Map<string, string>();
  const today = (path: string): string => renames.get(path) ?? path;
  const commits: Commit[] = [];
  for (const record of log.split('\x01').slice(1)) {
    const [at = '0', subject = '', rest = ''] = record.split('\x02');
    const fields = rest.split('\0').map((field) => field.replace(/^\n/, ''));
    const files: string[] = [];
    for (let place = 0; place < fields.length; place++) {
      const status = fields[place] ?? '';
      if (!/^[A-Z]\d*$/.test(status)) continue;
      const path = fields[place + 1] ?? '';
      place += 1;
      if (/^[RC]/.test(status)) {
        const target = today(fields[place + 1] ?? '');
        place += 1;
        if (status.startsWith('R')) renames.set(path, target);
        files.push(target);
      } else files.push(today(path));
    }
    if (files.length > 0 && files.length <= maxFiles) commits.push({ at: Number(at), subject, files });
  }
  return { commits, renames };
}

function renamed(commits: readonly Commit[], renames: ReadonlyMap<string, string>): readonly Commit[] {
  if (renames.size === 0) return commits;
  return commits.map((commit) => ({ ...commit, files: commit.files.map((path) => renames.get(path) ?? path) }));
}

/** Finds what commits tell of files. Made once for a history and a table of files. */
export interface HistoryIndex {
  /** Scores files by the subjects of the commits that changed them. */
  votes(terms: ReadonlyMap<string, number>): Float64Array;
  /** How much each file was changed, recent commits counting more; 0 to 1. */
  readonly churn: Float64Array;
  /** Files that the last commits changed, each once. */
  lastChanged(commits: number): readonly string[];
  /** Files that were changed together with the given ones, weighted; for the files that matter most already. */
  companions(seeds: ReadonlyMap<number, number>): Float64Array;
}

const halfLife = 400;

/** Lays out a history for scoring; commits count by their place, not by their date. */
export function historyIndex(
  history: CommitHistory,
  numberOf: (path: string) => number | undefined,
  size: number,
): HistoryIndex {
  const files = history.commits.map((commit) => commit.files.flatMap((path) => numberOf(path) ?? []));
  const words = history.commits.map(({ subject }) => [...new Set(wordsOfText(subject))]);
  const holders = new Map<string, number[]>();
  for (const [commit, list] of words.entries()) {
    if ((files[commit]?.length ?? 0) === 0) continue;
    for (const word of list) {
      const known = holders.get(word);
      if (known) known.push(commit);
      else holders.set(word, [commit]);
    }
  }
  const churn = churnOf(files, size);
  return {
    churn,
    votes(terms) {
      const scores = new Map<number, number>();
      for (const [term, weight] of terms) {
        const list = holders.get(term) ?? [];
        const rarity = weight * Math.log(1 + (history.commits.length - list.length + 0.5) / (list.length + 0.5));
        for (const commit of list) {
          const length = 0.4 + (0.6 * (words[commit]?.length ?? 1)) / 8;
          scores.set(commit, (scores.get(commit) ?? 0) + rarity / length ** 0.5);
        }
      }
      return vote(scores, files, size);
    },
    lastChanged: (commits) => [...new Set(history.commits.slice(0, commits).flatMap((commit) => commit.files))],
    companions: (seeds) => companionsOf(seeds, files, size),
  };
}

function churnOf(files: readonly (readonly number[])[], size: number): Float64Array {
  const churn = new Float64Array(size);
  for (const [commit, list] of files.entries()) {
    const weight = 0.5 ** (commit / halfLife) / Math.sqrt(list.length || 1);
    for (const file of list) churn[file] = (churn[file] ?? 0) + weight;
  }
  let most = 0;
  for (let file = 0; file < size; file++) {
    churn[file] = Math.log1p(churn[file] ?? 0);
    most = Math.max(most, churn[file] ?? 0);
  }
  return most === 0 ? churn : churn.map((value) => value / most);
}

/** The best commits vote for their files, each more strongly the better it fits and the fewer files it has. */
function vote(scores: ReadonlyMap<number, number>, files: readonly (readonly number[])[], size: number): Float64Array {
  const votes = new Float64Array(size);
  const best = [...scores].toSorted(([a, one], [b, other]) => other - one || a - b).slice(0, 60);
  const top = best[0]?.[1] ?? 1;
  for (const [commit, score] of best) {
    const list = files[commit] ?? [];
    const weight = (score / top) ** 2 * score * (0.6 + 0.4 * 0.5 ** (commit / halfLife));
    for (const file of list) votes[file] = (votes[file] ?? 0) + weight / Math.sqrt(list.length);
  }
  return votes;
}

function companionsOf(
  seeds: ReadonlyMap<number, number>,
  files: readonly (readonly number[])[],
  size: number,
): Float64Array {
  const found = new Float64Array(size);
  const uses = new Map<number, number>();
  for (const list of files) for (const file of list) if (seeds.has(file)) uses.set(file, (uses.get(file) ?? 0) + 1);
  for (const list of files) {
    if (list.length < 2 || list.length > 12) continue;
    for (const seed of list) {
      const weight = seeds.get(seed);
      if (weight === undefined) continue;
      const share = weight / ((uses.get(seed) ?? 1) + 3) / Math.sqrt(list.length - 1);
      for (const file of list) if (file !== seed) found[file] = (found[file] ?? 0) + share;
    }
  }
  return found;
}
