import { openGit } from '@capstan/tools';
import { repositoryHead } from '../rank/repository-head.ts';

/** A commit that touched a place. */
export interface PastChange {
  /** Its abbreviated hash. */
  readonly commit: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly subject: string;
}

export interface PlaceHistoryOptions {
  /** First and last line, from 1; absent: the whole file or folder. */
  readonly lines?: readonly [number, number] | undefined;
  /** Most commits. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/** Finds the last commits that touched a place, the newest first; none where git or a repository is missing. */
export async function placeHistory(
  root: string,
  path: string,
  { lines, limit, signal }: PlaceHistoryOptions,
): Promise<readonly PastChange[]> {
  if (repositoryHead(root) === '') return [];
  const git = openGit(root);
  const log = async (...words: string[]): Promise<readonly PastChange[] | undefined> => {
    const options = { timeoutMs: 15_000, ...(signal ? { signal } : {}) };
    const end = await git.attempt(['log', '--no-show-signature', '--format=%x01%h%x02%at%x02%s', ...words], options);
    signal?.throwIfAborted();
    return end.exitCode === 0 ? readLog(end.stdout).slice(0, limit) : undefined;
  };
  try {
    // Lines that are not committed yet are not there for git; the file's own history stands in.
    const ofLines = lines && (await log('-s', `--max-count=${limit}`, `-L${lines[0]},${lines[1]}:${path}`));
    const folder = path === '' || path === '.';
    if (ofLines && ofLines.length > 0) return ofLines;
    return (
      (await log(`--max-count=${limit}`, ...(folder ? [] : ['--follow', '--', path]))) ??
      (await log(`--max-count=${limit}`, '--', path)) ??
      []
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error) return [];
    throw error;
  }
}

function readLog(text: string): PastChange[] {
  return text
    .split('\u0001')
    .slice(1)
    .map((record) => {
      const [commit = '', at = '0', subject = ''] = record.split('\u0002');
      return { commit, at: Number(at), subject: subject.trim() };
    });
}
