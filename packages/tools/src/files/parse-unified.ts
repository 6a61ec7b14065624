import { CapstanError } from '@capstan/sdk/contract';
import { parseLiteral } from '../worktree/git-binary.ts';
import { newText, oldText } from './file-patch.ts';
import type { FilePatch, HunkLine, PatchHunk } from './file-patch.ts';
import type { LineFeed } from './line-feed.ts';

/** What the lines before the hunks say of a file. */
interface Head {
  old: string | undefined;
  new: string | undefined;
  git: boolean;
  created: boolean;
  deleted: boolean;
  renamed: boolean;
  copied: boolean;
  mode: string | undefined;
}

const hunkHead = /^@@+ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@+(?: ?(.*))?$/;

/** Reads a unified diff, of git or not, file by file; text before and between the files is passed over. */
export function* parseUnified(feed: LineFeed): Generator<FilePatch> {
  while (feed.peek() !== undefined) {
    if (!startsFile(feed)) {
      if (feed.peek()?.startsWith('@@')) throw headless(feed);
      feed.take();
      continue;
    }
    const head = readHead(feed);
    const binary = readBinary(feed);
    const hunks: PatchHunk[] = [];
    while (feed.peek()?.startsWith('@@')) hunks.push(readHunk(feed));
    const patch = filePatch(feed, head, { hunks, ...(binary ? { binary } : {}) });
    if (patch) yield patch;
  }
}

function startsFile(feed: LineFeed): boolean {
  const line = feed.peek() ?? '';
  return line.startsWith('diff --git ') || (line.startsWith('--- ') && (feed.peek(1) ?? '').startsWith('+++ '));
}

function readHead(feed: LineFeed): Head {
  const head: Head = {
    old: undefined,
    new: undefined,
    git: false,
    created: false,
    deleted: false,
    renamed: false,
    copied: false,
    mode: undefined,
  };
  if (feed.peek()?.startsWith('diff --git ')) {
    const [old, now] = gitNames((feed.take() ?? '').slice('diff --git '.length));
    Object.assign(head, { git: true, old, new: now });
    while (readExtended(feed, head)) feed.take();
  }
  if (feed.peek()?.startsWith('--- ') && feed.peek(1)?.startsWith('+++ ')) {
    head.old = nameOf(feed.take() ?? '');
    head.new = nameOf(feed.take() ?? '');
  }
  return head;
}

function readExtended(feed: LineFeed, head: Head): boolean {
  const line = feed.peek() ?? '';
  const [, key = '', value = ''] =
    /^(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to|similarity index|dissimilarity index|index) ?(.*)$/.exec(
      line,
    ) ?? [];
  if (key === '') return false;
  if (key === 'new file mode') Object.assign(head, { created: true, mode: value.trim() });
  if (key === 'new mode') head.mode = value.trim();
  if (key === 'deleted file mode') head.deleted = true;
  if (key === 'rename from') Object.assign(head, { renamed: true, old: `a/${unquote(value)}` });
  if (key === 'rename to') Object.assign(head, { renamed: true, new: `b/${unquote(value)}` });
  if (key.startsWith('copy')) head.copied = true;
  return true;
}

/** The two names on a `diff --git` line; without quotes they are told apart by being the same but for `a/` and `b/`. */
function gitNames(text: string): [string | undefined, string | undefined] {
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(text);
  if (quoted) return [unquote(quoted[1] ?? ''), unquote(quoted[2] ?? '')];
  const half = (text.length - 1) / 2;
  return text.slice(1, half) === text.slice(half + 2)
    ? [text.slice(0, half), text.slice(half + 1)]
    : [undefined, undefined];
}

/** The name on a `---` or `+++` line, without the time that may follow a tab. */
function nameOf(line: string): string {
  const name = line.slice(4);
  return name.startsWith('"') ? unquote(name) : (name.split('\t')[0] ?? '').trimEnd();
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

function unquote(name: string): string {
  if (!name.startsWith('"')) return name;
  const bytes: Buffer[] = [];
  for (const [, octal, letter, plain] of name
    .slice(1, name.lastIndexOf('"'))
    .matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes.push(Buffer.of(Number.parseInt(octal, 8)));
    else if (letter !== undefined) bytes.push(Buffer.of(escapes[letter] ?? letter.charCodeAt(0)));
    else bytes.push(Buffer.from(plain ?? ''));
  }
  return Buffer.concat(bytes).toString('utf8');
}

function readBinary(feed: LineFeed): Buffer | undefined {
  if (feed.peek()?.startsWith('Binary files ')) throw unreadable('says only that a binary file differs, not how');
  if (feed.peek() !== 'GIT binary patch') return undefined;
  feed.take();
  const [, kind, size] = /^(literal|delta) (\d+)$/.exec(feed.take() ?? '') ?? [];
  if (kind !== 'literal')
    throw unreadable('has a binary delta; send the whole content (git diff --binary --full-index) or write the file');
  const lines: string[] = [];
  for (let line = feed.take(); line; line = feed.take()) lines.push(line);
  if (/^(literal|delta) \d+$/.test(feed.peek() ?? '')) while (feed.take());
  try {
    return parseLiteral(Number(size), lines);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : 'has a damaged binary section');
  }
}

function readHunk(feed: LineFeed): PatchHunk {
  const [, line, oldCount = '1', , newCount = '1'] = hunkHead.exec(feed.peek() ?? '') ?? [];
  const bare = line === undefined ? (feed.peek() ?? '').replace(/^@@+ ?/, '').replace(/ ?@@+\s*$/, '') : '';
  feed.take();
  const left = { old: Number(oldCount), new: Number(newCount) };
  const lines: HunkLine[] = [];
  const unended = { oldUnended: false, newUnended: false };
  for (let next = feed.peek(); next !== undefined; next = feed.peek()) {
    if (endsHunk(feed, line === undefined || (left.old <= 0 && left.new <= 0))) break;
    feed.take();
    if (next.startsWith('\\')) noteUnended(unended, lines.at(-1));
    else count(left, addLine(lines, next));
  }
  while (left.old < 0 && lines.at(-1)?.text === '' && lines.at(-1)?.mark === ' ') {
    lines.pop();
    left.old++;
  }
  const anchors = bare.trim() === '' ? [] : [bare];
  const numbered = line === undefined ? {} : { line: Number(line) + (oldCount === '0' ? 1 : 0) };
  return { anchors, lines, ...numbered, ...unended };
}

/** With all counted lines read, only lines that plainly belong to the hunk go on: models count wrongly. */
function endsHunk(feed: LineFeed, full: boolean): boolean {
  const line = feed.peek() ?? '';
  if (/^@@/.test(line) || line.startsWith('diff --git ') || line.startsWith('```')) return true;
  if (!full) return false;
  return startsFile(feed) || line === '-- ' || !/^[-+ \\]/.test(line);
}

function addLine(lines: HunkLine[], line: string): HunkLine {
  const mark = line[0];
  const added: HunkLine =
    mark === ' ' || mark === '-' || mark === '+' ? { mark, text: line.slice(1) } : { mark: ' ', text: line };
  lines.push(added);
  return added;
}

function count(left: { old: number; new: number }, { mark }: HunkLine): void {
  if (mark !== '+') left.old--;
  if (mark !== '-') left.new--;
}

function noteUnended(unended: { oldUnended: boolean; newUnended: boolean }, last: HunkLine | undefined): void {
  if (last?.mark !== '+') unended.oldUnended = true;
  if (last?.mark !== '-') unended.newUnended = true;
}

function filePatch(feed: LineFeed, head: Head, body: { hunks: PatchHunk[]; binary?: Buffer }): FilePatch | undefined {
  const { hunks, binary } = body;
  if (head.copied) throw unreadable('copies a file; write the new file instead');
  const [old, now] = plainNames(head);
  const mode = head.mode === undefined ? {} : { mode: head.mode };
  if (old === undefined && now !== undefined) {
    const lines = hunks.flatMap((hunk) => hunk.lines);
    const content = newText(lines);
    return {
      kind: 'add',
      path: now,
      content: binary ?? (hunks.at(-1)?.newUnended ? content.slice(0, -1) : content),
      ...mode,
    };
  }
  if (old === undefined) throw headless(feed);
  if (now === undefined) {
    const content = hunks.length > 0 ? { content: oldText(hunks.flatMap((hunk) => hunk.lines)) } : {};
    return { kind: 'delete', path: old, ...content };
  }
  const moveTo = old === now ? {} : { moveTo: now };
  if (hunks.length === 0 && !binary && old === now && head.mode === undefined) return undefined;
  return { kind: 'update', path: old, hunks, ...moveTo, ...mode, ...(binary ? { binary } : {}) };
}

/** The names without git's `a/` and `b/`; undefined where a side is no file. */
function plainNames(head: Head): [string | undefined, string | undefined] {
  const { git, created, deleted } = head;
  const old = created || head.old === '/dev/null' ? undefined : head.old;
  const now = deleted || head.new === '/dev/null' ? undefined : head.new;
  const marked = (old === undefined || /^[aiwco]\//.test(old)) && (now === undefined || /^[biwco]\//.test(now));
  if (!marked || (!git && old === now)) return [old, now];
  return [old?.slice(2), now?.slice(2)];
}

function headless(feed: LineFeed): CapstanError {
  return new CapstanError(
    'tool_failed',
    `The patch has a hunk before line ${feed.number} without a file. Put "--- a/path" and "+++ b/path" before it.`,
  );
}

function unreadable(why: string): CapstanError {
  return new CapstanError('tool_failed', `The patch ${why}.`);
}
