import { git } from './git.ts';

/** A file that a diff touches. */
export interface DiffFile {
  readonly path: string;
  readonly op: 'create' | 'write' | 'delete';
}

/** Lists the files of what is staged. */
export function stagedFiles(root: string): DiffFile[] {
  const words = git(root, ['diff', '--cached', '--name-status', '--no-renames', '-z']).split('\0');
  const files: DiffFile[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const op = words[at] === 'A' ? 'create' : words[at] === 'D' ? 'delete' : 'write';
    files.push({ path: words[at + 1] ?? '', op });
  }
  return files;
}

/** What is staged as a diff, whatever the user's settings make of diffs. */
export function stagedDiff(root: string): string {
  return git(root, ['diff', '--cached', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--unified=0']);
}

/** Lists the files a unified diff names, by its header lines; a rename counts as both of its ends. */
export function diffFiles(diff: string): DiffFile[] {
  const files = new Map<string, DiffFile['op']>();
  let old = '';
  let inHunk = 0;
  for (const line of diff.split('\n')) {
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk) inHunk = Number(hunk[1] ?? 1) + Number(hunk[2] ?? 1);
    else if (inHunk > 0) inHunk -= line.startsWith('+') || line.startsWith('-') ? 1 : line.startsWith('\\') ? 0 : 2;
    else if (line.startsWith('--- ')) old = nameOf(line.slice(4), 'a/');
    else if (line.startsWith('+++ ')) addPair(files, old, nameOf(line.slice(4), 'b/'));
    else addNamed(files, line);
  }
  return [...files].map(([path, op]) => ({ path, op }));
}

function addPair(files: Map<string, DiffFile['op']>, from: string, to: string): void {
  if (to === '/dev/null') files.set(from, 'delete');
  else files.set(to, from === '/dev/null' ? 'create' : 'write');
}

/** Changes without lines: renames, copies, modes and binary files. */
function addNamed(files: Map<string, DiffFile['op']>, line: string): void {
  const [, verb, name] = /^(rename from|rename to|copy to) (.*)$/.exec(line) ?? [];
  if (verb && name) files.set(unquoted(name), verb === 'rename from' ? 'delete' : 'create');
  const [, path] = /^diff --git (?:"a\/.*"|a\/.*) ("b\/.*"|b\/.*)$/.exec(line) ?? [];
  if (path && !files.has(nameOf(path, 'b/'))) files.set(nameOf(path, 'b/'), 'write');
  const [, came] = /^(new|deleted) file mode /.exec(line) ?? [];
  const last = came && [...files.keys()].at(-1);
  if (last) files.set(last, came === 'new' ? 'create' : 'delete');
}

function nameOf(text: string, prefix: string): string {
  const name = unquoted(text.replace(/\t.*$/, ''));
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Undoes git's quoting: a name in double quotes with octal bytes. */
function unquoted(name: string): string {
  if (!/^".*"$/.test(name)) return name;
  const named: Record<string, number> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };
  const bytes: number[] = [];
  const pattern = /\\([0-7]{3})|\\(.)|([\s\S])/gu;
  for (const [, octal, escaped, plain] of name.slice(1, -1).matchAll(pattern)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (escaped !== undefined)
      bytes.push(...(named[escaped] === undefined ? Buffer.from(escaped) : [named[escaped]]));
    else bytes.push(...Buffer.from(plain ?? ''));
  }
  return Buffer.from(bytes).toString('utf8');
}

/** What a diff does to one file, by lines of the file as it is now. */
export interface DiffedFile extends DiffFile {
  /** What it was called before, where it was renamed. */
  readonly from?: string;
  /** Lines that came, by their number. */
  readonly lines: ReadonlyMap<number, string>;
  /** Lines that came, and those beside which others went. */
  readonly touched: readonly number[];
  readonly added: number;
  readonly removed: number;
}

/** Reads which lines of which files a unified diff changes. */
export function diffedFiles(diff: string): DiffedFile[] {
  const found = new Map(
    diffFiles(diff).map((file) => [
      file.path,
      { ...file, lines: new Map<number, string>(), touched: [], added: 0, removed: 0 } as Growing,
    ]),
  );
  const at = { old: '', now: undefined as Growing | undefined, line: 0, oldLeft: 0, newLeft: 0 };
  for (const line of diff.split('\n')) {
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (at.oldLeft <= 0 && at.newLeft <= 0) {
      if (hunk) [at.oldLeft, at.line, at.newLeft] = [Number(hunk[1] ?? 1), Number(hunk[2]), Number(hunk[3] ?? 1)];
      else if (line.startsWith('rename from ')) at.old = unquoted(line.slice(12));
      else if (line.startsWith('rename to ')) renamed(found, at.old, unquoted(line.slice(10)));
      else if (line.startsWith('--- ')) at.old = nameOf(line.slice(4), 'a/');
      else if (line.startsWith('+++ ')) at.now = fileAt(found, at.old, nameOf(line.slice(4), 'b/'));
    } else if (!line.startsWith('\\')) takeLine(at, line);
  }
  return [...found.values()];
}

/** One file that has another name now, not one that went and one that came. */
function renamed(found: Map<string, Growing>, from: string, to: string): void {
  const file = found.get(to);
  if (!file) return;
  found.set(to, { ...file, from });
  found.delete(from);
}

type Growing = { -readonly [K in keyof DiffedFile]: DiffedFile[K] } & {
  readonly lines: Map<number, string>;
  readonly touched: number[];
};

function fileAt(found: ReadonlyMap<string, Growing>, from: string, to: string): Growing | undefined {
  return found.get(to === '/dev/null' ? from : to);
}

function takeLine(
  at: { now: Growing | undefined; line: number; oldLeft: number; newLeft: number },
  line: string,
): void {
  const { now } = at;
  if (line.startsWith('-')) {
    at.oldLeft -= 1;
    if (!now) return;
    now.removed += 1;
    now.touched.push(at.line);
    return;
  }
  at.newLeft -= 1;
  if (line.startsWith('+')) {
    now?.lines.set(at.line, line.slice(1));
    now?.touched.push(at.line);
    if (now) now.added += 1;
  } else at.oldLeft -= 1;
  at.line += 1;
}
