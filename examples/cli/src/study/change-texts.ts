import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TextChange } from '@capstan/code';
import { CapstanError } from '@capstan/sdk/contract';
import { gitBlobs } from '../run/git-blobs.ts';
import { git, tryGit } from '../run/git.ts';

/** Which changes are meant. */
export interface ChangeChoice {
  /** Commits, as git diff takes them. Absent: what is not committed, new files among them. */
  readonly range?: string | undefined;
  readonly staged?: boolean | undefined;
  /** Only these files and folders, relative to the root. */
  readonly paths: readonly string[];
}

/** A change as text and file by file. */
export interface ChosenChange {
  /** As git prints it, new files included. */
  readonly diff: string;
  /** Whole texts; binary and huge files are left out. */
  readonly files: readonly TextChange[];
  /** Files that are in the change and not in `files`. */
  readonly unread: readonly string[];
}

/** Largest file whose texts are compared, in bytes. */
const maxBytes = 1_000_000;
const asTheyAre = ['--no-color', '--no-ext-diff', '--no-textconv', '-M'];

/** Reads a change from git. @throws {CapstanError} `not_found` where there is none, `tool_failed` with git's own words. */
export function chosenChange(root: string, choice: ChangeChoice): ChosenChange {
  const { range, staged, paths } = choice;
  const which = staged
    ? ['--staged']
    : [...(range?.startsWith('-') ? ['--end-of-options'] : []), range ?? lastCommit(root)];
  const at = ['--relative', ...which, '--', ...paths];
  const fresh = range === undefined && !staged ? untracked(root, paths) : [];
  const diff = [git(root, ['diff', ...asTheyAre, ...at]), ...fresh.map((path) => newFileDiff(root, path))].join('');
  if (diff.trim() === '') {
    const text = 'There is nothing to review: the diff is empty. Name commits, for example main...HEAD.';
    throw new CapstanError('not_found', text, { where: 'review' });
  }
  const entries = rawEntries(git(root, ['diff', '--raw', '-z', '--no-abbrev', ...asTheyAre, ...at]));
  const hashes = entries.flatMap(({ before, after }) => [before, after]).filter((hash) => !none.test(hash));
  const blobs = gitBlobs(root, hashes, maxBytes);
  const read = [...entries.map((entry) => textsOf(root, entry, blobs)), ...fresh.map((path) => freshTexts(root, path))];
  return {
    diff,
    files: read.flatMap((one) => (typeof one === 'string' ? [] : [one])),
    unread: read.flatMap((one) => (typeof one === 'string' ? [one] : [])),
  };
}

/** Before the first commit all is new: what is staged is compared with nothing. */
function lastCommit(root: string): string {
  if (tryGit(root, ['rev-parse', '--verify', '--quiet', 'HEAD']) !== undefined) return 'HEAD';
  return git(root, ['hash-object', '-t', 'tree', '--stdin'], { input: '' }).trim();
}

function untracked(root: string, paths: readonly string[]): string[] {
  const words = git(root, ['ls-files', '--others', '--exclude-standard', '-z', '--', ...paths]);
  return words.split('\0').filter((path) => path !== '' && !path.endsWith('/'));
}

/** A new file as git would show it; what is no text is only named. */
function newFileDiff(root: string, path: string): string {
  const change = freshTexts(root, path);
  const head = `diff --git a/${path} b/${path}\nnew file mode 100644\n`;
  if (typeof change === 'string') return `${head}Binary files /dev/null and b/${path} differ\n`;
  const text = change.after ?? '';
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  if (lines.length === 0) return head;
  const end = text.endsWith('\n') ? '' : '\n\\ No newline at end of file';
  return `${head}--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}`).join('\n')}${end}\n`;
}

function freshTexts(root: string, path: string): TextChange | string {
  const after = fileText(root, path);
  return after === undefined ? path : { path, after };
}

interface RawEntry {
  readonly path: string;
  readonly was?: string;
  /** Hashes of contents; zeros for what is not there or lies in the work tree alone. */
  readonly before: string;
  readonly after: string;
  readonly status: string;
  readonly modes: readonly [string, string];
}

/** Reads `git diff --raw -z`. */
function rawEntries(raw: string): RawEntry[] {
  const fields = raw.split('\0');
  const entries: RawEntry[] = [];
  for (let at = 0; at + 1 < fields.length; at += 1) {
    const [, from = '', to = '', before = '', after = '', status = ''] =
      /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*$/.exec(fields[at] ?? '') ?? [];
    if (status === '') continue;
    const moved = status === 'R' || status === 'C';
    const [first = '', second = ''] = [fields[at + 1], fields[at + 2]];
    at += moved ? 2 : 1;
    const place = moved ? { path: second, ...(status === 'R' ? { was: first } : {}) } : { path: first };
    entries.push({ ...place, before, after, status, modes: [from, to] });
  }
  return entries;
}

const regular = /^100/;

const none = /^0+$/;

function textsOf(root: string, entry: RawEntry, blobs: ReadonlyMap<string, Buffer>): TextChange | string {
  const { path, was, status, modes } = entry;
  const before =
    status === 'A' || !regular.test(modes[0]) ? undefined : plain(blobs.get(entry.before)?.toString('utf8'));
  const inTree = none.test(entry.after);
  const after =
    status === 'D' || !regular.test(modes[1])
      ? undefined
      : inTree
        ? fileText(root, path)
        : plain(blobs.get(entry.after)?.toString('utf8'));
  const unread = (status !== 'A' && before === undefined) || (status !== 'D' && after === undefined);
  if (unread) return path;
  return {
    path,
    ...(was === undefined ? {} : { was }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function fileText(root: string, path: string): string | undefined {
  const file = join(root, path);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile() || stats.size > maxBytes) return undefined;
  return plain(readFileSync(file, 'utf8'));
}

function plain(text: string | undefined): string | undefined {
  return text?.includes('\0') ? undefined : text;
}
