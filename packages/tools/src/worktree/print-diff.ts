import { createHash } from 'node:crypto';
import type { PatchedFile } from '@capstan/sdk/contract';
import { changeOf } from './file-state.ts';
import { findRenames } from './find-renames.ts';
import type { Rename } from './find-renames.ts';
import type { Entry, FileState } from './file-state.ts';
import { blobId, isBinary, printLiteral } from './git-binary.ts';
import { diffLines, splitLines } from './line-diff.ts';
import type { LineChange } from './line-diff.ts';

/** A diff that `git apply` takes, with the lines each file gained and lost. */
export interface PrintedDiff {
  /** One character a byte (Latin-1), so that any content keeps its bytes. */
  readonly latin1: string;
  readonly files: readonly PatchedFile[];
  /** SHA-256 of the diff's bytes, in hex. */
  readonly hash: string;
}

const context = 3;
const noId = '0'.repeat(40);

/** Prints a change as a git diff: modes, links, binary contents and missing final newlines included. */
export function printDiff(entries: readonly Entry[]): PrintedDiff {
  const renames = findRenames(entries);
  const sources = new Map(renames.map((rename) => [rename.from, rename]));
  const targets = new Map(renames.map((rename) => [rename.to, rename]));
  const printed = entries.map((entry) => {
    const rename = targets.get(entry.path);
    if (rename) return printRename(rename);
    return sources.has(entry.path) ? printSource(entry.path) : printEntry(entry);
  });
  const latin1 = printed.map((one) => one.latin1).join('');
  const hash = createHash('sha256').update(latin1, 'latin1').digest('hex');
  return { latin1, files: printed.map((one) => one.file), hash };
}

/** The diff as people and models read it. */
export function diffText(printed: PrintedDiff): string {
  return Buffer.from(printed.latin1, 'latin1').toString('utf8');
}

/** Adds up what a change gained and lost. */
export function totalLines(files: readonly PatchedFile[]): { added: number; removed: number } {
  let added = 0;
  let removed = 0;
  for (const file of files) {
    added += file.added;
    removed += file.removed;
  }
  return { added, removed };
}

function printEntry(entry: Entry): { latin1: string; file: PatchedFile } {
  const { before, after } = entry;
  if (before && after && gitMode(before).slice(0, 2) !== gitMode(after).slice(0, 2)) return printReplaced(entry);
  const { latin1, added, removed } = printContent(entry);
  return {
    latin1: header(entry) + latin1,
    file: { path: entry.path, change: changeOf(entry), added, removed },
  };
}

/** What goes with a rename is said where the file comes back. */
function printSource(path: string): { latin1: string; file: PatchedFile } {
  return { latin1: '', file: { path, change: 'delete', added: 0, removed: 0 } };
}

function printRename({ from, to, before, after, similarity }: Rename): { latin1: string; file: PatchedFile } {
  const [oldMode, newMode] = [gitMode(before), gitMode(after)];
  let text = `diff --git ${quoted(`a/${from}`)} ${quoted(`b/${to}`)}\n`;
  if (oldMode !== newMode) text += `old mode ${oldMode}\nnew mode ${newMode}\n`;
  text += `similarity index ${similarity}%\nrename from ${quoted(from)}\nrename to ${quoted(to)}\n`;
  const [oldId, newId] = [blobId(before.bytes), blobId(after.bytes)];
  if (oldId !== newId) text += `index ${oldId}..${newId}${oldMode === newMode ? ` ${oldMode}` : ''}\n`;
  const { latin1, added, removed } = printContent({ path: to, before, after }, from);
  return { latin1: text + latin1, file: { path: to, change: 'create', added, removed } };
}

/** A file that became a link, or the reverse, is a deletion and a creation to git. */
function printReplaced({ path, before, after }: Entry): { latin1: string; file: PatchedFile } {
  const gone = printEntry({ path, ...(before ? { before } : {}) });
  const made = printEntry({ path, ...(after ? { after } : {}) });
  const { added } = made.file;
  return { latin1: gone.latin1 + made.latin1, file: { path, change: 'modify', added, removed: gone.file.removed } };
}

function header({ path, before, after }: Entry): string {
  let text = `diff --git ${quoted(`a/${path}`)} ${quoted(`b/${path}`)}\n`;
  const oldMode = before ? gitMode(before) : '';
  const newMode = after ? gitMode(after) : '';
  if (!before) text += `new file mode ${newMode}\n`;
  else if (!after) text += `deleted file mode ${oldMode}\n`;
  else if (oldMode !== newMode) text += `old mode ${oldMode}\nnew mode ${newMode}\n`;
  const from = before ? blobId(before.bytes) : noId;
  const to = after ? blobId(after.bytes) : noId;
  if (from === to) return text;
  return `${text}index ${from}..${to}${before && oldMode === newMode ? ` ${oldMode}` : ''}\n`;
}

function printContent({ path, before, after }: Entry, from = path): { latin1: string; added: number; removed: number } {
  const old = before?.bytes ?? Buffer.alloc(0);
  const now = after?.bytes ?? Buffer.alloc(0);
  if (old.equals(now)) return { latin1: '', added: 0, removed: 0 };
  if (isBinary(old) || isBinary(now)) {
    return { latin1: `GIT binary patch\n${printLiteral(now)}${printLiteral(old)}`, added: 0, removed: 0 };
  }
  const a = splitLines(old.toString('latin1'));
  const b = splitLines(now.toString('latin1'));
  const changes = diffLines(a, b);
  const names = `--- ${before ? named(`a/${from}`) : '/dev/null'}\n+++ ${after ? named(`b/${path}`) : '/dev/null'}\n`;
  const { added, removed } = counted(changes);
  return { latin1: names + printHunks(a, b, changes), added, removed };
}

function counted(changes: readonly LineChange[]) {
  let added = 0;
  let removed = 0;
  for (const change of changes) {
    added += change.bCount;
    removed += change.aCount;
  }
  return { added, removed };
}

/** Prints changes with three lines of context, as the hunks of a unified diff. */
export function printHunks(a: readonly string[], b: readonly string[], changes: readonly LineChange[]): string {
  let text = '';
  for (const group of grouped(changes)) text += printHunk(a, b, group);
  return text;
}

function grouped(changes: readonly LineChange[]): LineChange[][] {
  const groups: LineChange[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const change of changes) {
    if (change.aStart - end <= context * 2) groups.at(-1)?.push(change);
    else groups.push([change]);
    end = change.aStart + change.aCount;
  }
  return groups;
}

function printHunk(a: readonly string[], b: readonly string[], group: readonly LineChange[]): string {
  const first = group[0];
  const last = group.at(-1);
  if (!first || !last) return '';
  const lead = Math.min(context, first.aStart);
  const aStart = first.aStart - lead;
  const aEnd = Math.min(a.length, last.aStart + last.aCount + context);
  const bStart = first.bStart - lead;
  const bEnd = last.bStart + last.bCount + (aEnd - last.aStart - last.aCount);
  let body = '';
  let at = aStart;
  for (const change of group) {
    body += marked(' ', a, at, change.aStart);
    at = change.aStart + change.aCount;
    body += marked('-', a, change.aStart, at) + marked('+', b, change.bStart, change.bStart + change.bCount);
  }
  body += marked(' ', a, at, aEnd);
  return `@@ -${span(aStart, aEnd)} +${span(bStart, bEnd)} @@\n${body}`;
}

function span(start: number, end: number): string {
  const count = end - start;
  if (count === 1) return `${start + 1}`;
  return `${count === 0 ? start : start + 1},${count}`;
}

function marked(mark: string, lines: readonly string[], start: number, end: number): string {
  let text = '';
  for (let index = start; index < end; index++) {
    const line = lines[index] ?? '';
    text += mark + (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`);
  }
  return text;
}

/** The mode git keeps of a state: only what a link is and what may be run. */
export function gitMode(state: FileState): '100644' | '100755' | '120000' {
  if (state.kind === 'link') return '120000';
  return state.mode & 0o111 ? '100755' : '100644';
}

/** Writes a path as git does: in quotes with escapes when it holds anything unusual. */
function quoted(path: string): string {
  const bytes = Buffer.from(path, 'utf8');
  if (!bytes.some((byte) => byte < 0x20 || byte >= 0x7f || byte === 0x22 || byte === 0x5c)) return path;
  let text = '';
  for (const byte of bytes) text += escaped(byte);
  return `"${text}"`;
}

/** Names a file on a `---` or `+++` line, where a blank in it needs a tab behind. */
function named(path: string): string {
  const name = quoted(path);
  return name.startsWith('"') || !name.includes(' ') ? name : `${name}\t`;
}

const escapes: Readonly<Record<number, string>> = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' };

function escaped(byte: number): string {
  if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  const letter = escapes[byte];
  if (letter) return `\\${letter}`;
  if (byte < 0x20 || byte >= 0x7f) return `\\${byte.toString(8).padStart(3, '0')}`;
  return String.fromCharCode(byte);
}
