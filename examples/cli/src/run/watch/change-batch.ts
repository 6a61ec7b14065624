import type { CodeIndex } from '@capstan/code';
import type { Worktree } from '@capstan/tools';
import { plural } from '../../render/amounts.ts';
import { plainText } from '../../render/plain-text.ts';
import { diffedFiles, type DiffedFile } from '../diff-files.ts';
import { currentBranch, tryGit } from '../git.ts';

type CodeSymbol = ReturnType<CodeIndex['outline']>[number];

/** What happened to a file, with the names of what is declared in it. */
export interface ChangedFile {
  readonly path: string;
  readonly change: 'new' | 'changed' | 'gone' | 'renamed';
  /** What it was called before. */
  readonly from?: string;
  /** Lines. */
  readonly added: number;
  readonly removed: number;
  /** Names that came, whose lines changed, and that went: `Cache.get`. */
  readonly symbols: {
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly gone: readonly string[];
  };
  /** An agent that this watch started did it. */
  readonly own: boolean;
}

/** What changed between two moments. */
export interface ChangeBatch {
  /** Unix milliseconds. */
  readonly at: number;
  readonly files: readonly ChangedFile[];
  /** Where HEAD is now, if it moved: the commit's first line and the branch. */
  readonly head?: string;
}

/** Sees what changed since it looked the last time. */
export interface BatchSource {
  /** Gives what changed, as a batch and as a diff; `undefined` where nothing did. */
  readonly next: (
    own?: ReadonlySet<string>,
  ) => Promise<{ batch: ChangeBatch; files: readonly DiffedFile[]; diff: string } | undefined>;
}

/** Begins to see what changes from now on. */
export async function batchSource(worktree: Worktree, index: CodeIndex): Promise<BatchSource> {
  const { root, snapshots } = worktree;
  let seen = (await snapshots.take({ label: 'watch' })).id;
  let head = headOf(root);
  return {
    async next(own = new Set()) {
      const diff = await snapshots.diff(seen);
      const nowHead = headOf(root);
      if (diff === '' && nowHead === head) return undefined;
      const moved = nowHead === head ? undefined : nowHead;
      head = nowHead;
      if (diff !== '') seen = (await snapshots.take({ label: 'watch' })).id;
      const files = diffedFiles(diff);
      const changed = await withSymbols(index, files, own);
      const batch = { at: Date.now(), files: changed, ...(moved === undefined ? {} : { head: moved }) };
      return { batch, files, diff };
    },
  };
}

/** The commit that HEAD is at and its branch, in words; empty without one. */
function headOf(root: string): string {
  const line = tryGit(root, ['log', '-1', '--format=%h %s'])?.trim() ?? '';
  const branch = currentBranch(root) ?? '';
  return branch === '' ? line : `${line} (${branch})`;
}

async function withSymbols(
  index: CodeIndex,
  files: readonly DiffedFile[],
  own: ReadonlySet<string>,
): Promise<ChangedFile[]> {
  const before = new Map(files.map(({ path, from = path }) => [path, index.outline(from)]));
  if (files.length > 0)
    await index.update(files.flatMap(({ path, from }) => (from === undefined ? path : [path, from])));
  return files.map((file) => ({
    path: file.path,
    ...(file.from === undefined
      ? { change: ({ create: 'new', write: 'changed', delete: 'gone' } as const)[file.op] }
      : { change: 'renamed' as const, from: file.from }),
    added: file.added,
    removed: file.removed,
    symbols: symbolsOf(before.get(file.path) ?? [], index.outline(file.path), file.touched),
    own: own.has(file.path),
  }));
}

function symbolsOf(
  before: readonly CodeSymbol[],
  after: readonly CodeSymbol[],
  touched: readonly number[],
): ChangedFile['symbols'] {
  const old = new Set(before.map(fullName));
  const now = new Set(after.map(fullName));
  const changed = new Set(
    touched.flatMap((line) => {
      const inner = innermost(after, line);
      return inner && old.has(fullName(inner)) ? [fullName(inner)] : [];
    }),
  );
  return {
    added: [...now].filter((name) => !old.has(name)),
    changed: [...changed],
    gone: [...old].filter((name) => !now.has(name)),
  };
}

function innermost(symbols: readonly CodeSymbol[], line: number): CodeSymbol | undefined {
  const around = symbols.filter((each) => each.line <= line && line <= each.endLine);
  return around.toSorted((one, other) => one.endLine - one.line - (other.endLine - other.line))[0];
}

function fullName({ container, name }: CodeSymbol): string {
  return container === '' ? name : `${container}.${name}`;
}

const mostFiles = 12;
const mostNames = 5;

/** Says a batch in a few lines. */
export function batchLines({ files, head }: ChangeBatch): string[] {
  const rows = files.slice(0, mostFiles).map(fileLine);
  const more = files.length > mostFiles ? [`and ${plural(files.length - mostFiles, 'more file')}`] : [];
  return [...(head === undefined ? [] : [`HEAD is at ${plainText(head) || 'no commit'}`]), ...rows, ...more];
}

function fileLine({ path, from, change, added, removed, symbols, own }: ChangedFile): string {
  const lines = added + removed === 0 ? '' : ` +${added} -${removed}`;
  const how = from === undefined ? (change === 'changed' ? '' : ` ${change}`) : `, was ${from}`;
  const names = [
    named('added', symbols.added),
    named('changed', symbols.changed),
    change === 'gone' ? '' : named('removed', symbols.gone),
  ].filter(Boolean);
  const told = names.length === 0 ? '' : `: ${names.join('; ')}`;
  return plainText(`${path}${how}${lines}${told}${own ? ' (by the agent)' : ''}`);
}

function named(verb: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  return `${verb} ${names.slice(0, mostNames).join(', ')}${more}`;
}
