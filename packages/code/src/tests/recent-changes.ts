import { openGit } from '@capstan/tools';

/** Lines from and to, both included, as they are numbered now. */
export type LineRange = readonly [from: number, to: number];

/** A file that changed lately. */
export interface RecentChange {
  /** Relative to the root. */
  readonly path: string;
  /** Empty for a file that is gone. */
  readonly lines: readonly LineRange[];
  /** Absent for what is not committed. */
  readonly commit?: { readonly hash: string; readonly subject: string };
  /** 0 for what is not committed, 1 for the last commit, and so on. */
  readonly age: number;
}

export interface RecentChangesOptions {
  /** How many commits are looked at. Default 5. */
  readonly commits?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads what changed lately: what is not committed, then the last commits but the very first. Empty without git or commits.
 */
export async function recentChanges(
  root: string,
  { commits = 5, signal }: RecentChangesOptions = {},
): Promise<RecentChange[]> {
  const git = openGit(root);
  const run = async (...words: string[]): Promise<string> => {
    const end = await git
      .attempt(['-c', 'core.quotePath=false', ...words], signal ? { signal } : {})
      .catch(() => undefined);
    signal?.throwIfAborted();
    return end?.exitCode === 0 ? end.stdout : '';
  };
  const plain = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--relative', '--unified=0'];
  const open = await run('diff', ...plain, 'HEAD');
  const fresh = await run('ls-files', '--others', '--exclude-standard', '-z');
  const log = await run(
    'log',
    `--max-count=${commits}`,
    '--no-merges',
    '--min-parents=1',
    '--format=%x00%h%x09%s',
    '--patch',
    ...plain,
  );
  const untracked = fresh
    .split('\0')
    .filter(Boolean)
    .map((path): RecentChange => ({ path, lines: [[1, 1_000_000]], age: 0 }));
  return [...changesIn(open).map((one) => ({ ...one, age: 0 })), ...untracked, ...committed(log)];
}

function committed(log: string): RecentChange[] {
  return log
    .split('\0')
    .slice(1)
    .flatMap((entry, at) => {
      const [head = ''] = entry.split('\n', 1);
      const [hash = '', subject = ''] = head.split('\t');
      return changesIn(entry.slice(head.length)).map((one) => ({ ...one, commit: { hash, subject }, age: at + 1 }));
    });
}

/** Finds the files and lines that a diff without context changes. */
export function changesIn(diff: string): Pick<RecentChange, 'path' | 'lines'>[] {
  const files: { path: string; lines: LineRange[] }[] = [];
  let old = '';
  let gone = false;
  let left = 0;
  for (const line of diff.split('\n')) {
    const hunk = left > 0 ? undefined : /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (left > 0 && /^[-+]/.test(line)) left -= 1;
    else if (hunk) {
      const [from, count] = [Number(hunk[2]), Number(hunk[3] ?? 1)];
      left = Number(hunk[1] ?? 1) + count;
      // Where lines were only taken out, the place they were at.
      if (!gone) files.at(-1)?.lines.push([Math.max(1, from), Math.max(1, from + Math.max(0, count - 1))]);
    } else if (line.startsWith('--- ')) old = nameIn(line, 'a/');
    else if (line.startsWith('+++ ')) {
      const path = nameIn(line, 'b/');
      gone = path === '/dev/null';
      files.push({ path: gone ? old : path, lines: [] });
    }
  }
  return files;
}

function nameIn(line: string, prefix: string): string {
  const name = line
    .slice(4)
    .replace(/\t.*$/, '')
    .replace(/^"(.*)"$/, '$1');
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
