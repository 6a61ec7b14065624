import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import type { FileChange, TreeFile, Worktree } from '@capstan/tools';
import { decodeSource } from './documents.ts';
import { TextLines, type PositionEncoding } from './position.ts';
import type { EditStep, WireEdit } from './read-edits.ts';

export interface PlanOptions {
  readonly worktree: Pick<Worktree, 'read'>;
  readonly encoding: PositionEncoding;
  /** The text and version that the server has of a file that is open. */
  readonly open: (path: string) => { readonly version: number; readonly text: string } | undefined;
}

/** A file as it is to be, while steps are followed. */
interface Draft {
  /** As it is on disk; absent when it is not there. */
  readonly before: TreeFile | undefined;
  /** As it is to be; absent when it is to go. */
  bytes: Buffer | undefined;
  mode: number | undefined;
}

/** Files of a folder that is moved; more is no rename of a symbol any more. */
const maxMoved = 2_000;
const mark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Works out what files are like after the steps a server wants, as one change of the work tree. Nothing is written.
 *
 * @throws {CapstanError} `path_outside`; `conflict` for steps about a text that is not there any more; `not_found`;
 *   `tool_failed` for steps that contradict one another.
 */
export async function planEdits(steps: readonly EditStep[], options: PlanOptions): Promise<readonly FileChange[]> {
  const drafts = new Map<string, Draft>();
  for (const step of steps) {
    switch (step.kind) {
      case 'edit':
        await edit(drafts, step, options);
        break;
      case 'create':
        await place(drafts, { path: step.path, bytes: Buffer.alloc(0), exists: step.exists }, options);
        break;
      case 'rename':
        await move(drafts, step, options);
        break;
      case 'delete':
        await remove(drafts, step, options);
        break;
      default:
        step satisfies never;
    }
  }
  // Servers name files in any order.
  return [...drafts]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([path, draft]) => changeOf(path, draft));
}

/** Applies edits to a text; all of them are about the text as it is given. @throws {Error} when they overlap. */
export function applyEdits(text: string, edits: readonly WireEdit[], encoding: PositionEncoding): string {
  const lines = new TextLines(text);
  const placed = edits
    .map(({ range, newText }, order) => ({
      from: lines.offset(range.start, encoding),
      to: lines.offset(range.end, encoding),
      newText,
      order,
    }))
    .toSorted((one, other) => one.from - other.from || one.to - other.to || one.order - other.order);
  let result = '';
  let at = 0;
  for (const { from, to, newText } of placed) {
    if (from < at || to < from) throw new Error('edits of one file overlap');
    result += text.slice(at, from) + newText;
    at = to;
  }
  return result + text.slice(at);
}

async function edit(
  drafts: Map<string, Draft>,
  { path, version, edits }: Extract<EditStep, { kind: 'edit' }>,
  options: PlanOptions,
): Promise<void> {
  const draft = await draftOf(drafts, path, options);
  if (!draft.bytes) throw new CapstanError('not_found', `There is no file ${path} to change.`, { where: path });
  const marked = draft.bytes.subarray(0, 3).equals(mark);
  const text = decodeSource(draft.bytes);
  if (text === undefined) {
    throw new CapstanError(
      'tool_failed',
      `${path} is no text of UTF-8, so it cannot be changed by a language server.`,
      {
        where: path,
      },
    );
  }
  const open = options.open(path);
  const untouched = draft.before?.bytes === draft.bytes;
  const stale = open && ((version !== undefined && version !== open.version) || (untouched && open.text !== text));
  if (stale) throw new CapstanError('conflict', `${path} has changed meanwhile. Do it again.`, { where: path });
  try {
    const edited = Buffer.from(applyEdits(text, edits, options.encoding));
    draft.bytes = marked ? Buffer.concat([mark, edited]) : edited;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CapstanError(
      'tool_failed',
      `The language server contradicts itself about ${path}: ${why}.`,
      {},
      { cause },
    );
  }
}

interface Placed {
  readonly path: string;
  readonly bytes: Buffer;
  readonly mode?: number | undefined;
  readonly exists: 'refuse' | 'overwrite' | 'ignore';
}

async function place(
  drafts: Map<string, Draft>,
  { path, bytes, mode, exists }: Placed,
  options: PlanOptions,
): Promise<boolean> {
  const draft = await draftOf(drafts, path, options);
  if (draft.bytes && exists === 'ignore') return false;
  if (draft.bytes && exists === 'refuse') {
    throw new CapstanError('conflict', `${path} exists already.`, { where: path });
  }
  draft.bytes = bytes;
  draft.mode = mode;
  return true;
}

async function move(
  drafts: Map<string, Draft>,
  { from, path, exists }: Extract<EditStep, { kind: 'rename' }>,
  options: PlanOptions,
): Promise<void> {
  for (const [source, target] of filesMoved(from, path)) {
    const draft = await draftOf(drafts, source, options);
    if (!draft.bytes) throw new CapstanError('not_found', `There is no file ${source} to rename.`, { where: source });
    const moved = await place(
      drafts,
      { path: target, bytes: draft.bytes, mode: draft.before?.mode ?? draft.mode, exists },
      options,
    );
    if (moved && source !== target) draft.bytes = undefined;
  }
}

/** A file, or every file of a folder, and where it goes. */
function filesMoved(from: string, to: string): [string, string][] {
  if (statSync(from, { throwIfNoEntry: false })?.isDirectory() !== true) return [[from, to]];
  const files = readdirSync(from, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  if (files.length > maxMoved) {
    throw new CapstanError('tool_failed', `${from} holds ${files.length} files; move it by hand.`, { where: from });
  }
  return files.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, join(to, relative(from, path))];
  });
}

async function remove(
  drafts: Map<string, Draft>,
  { path, ignoreMissing }: Extract<EditStep, { kind: 'delete' }>,
  options: PlanOptions,
): Promise<void> {
  const draft = await draftOf(drafts, path, options);
  if (!draft.bytes && !ignoreMissing) {
    throw new CapstanError('not_found', `There is no file ${path} to delete.`, { where: path });
  }
  draft.bytes = undefined;
}

async function draftOf(drafts: Map<string, Draft>, path: string, { worktree }: PlanOptions): Promise<Draft> {
  const known = drafts.get(path);
  if (known) return known;
  const before = await worktree.read(path).catch((error: unknown) => {
    if (isCapstanError(error) && error.code === 'not_found') return undefined;
    throw error;
  });
  const draft: Draft = { before, bytes: before?.bytes, mode: undefined };
  drafts.set(path, draft);
  return draft;
}

function changeOf(path: string, { before, bytes, mode }: Draft): FileChange[] {
  const basedOn = before?.hash ?? null;
  if (!bytes) return before ? [{ path, delete: true, basedOn }] : [];
  if (before && bytes.equals(before.bytes)) return [];
  return [{ path, content: bytes, basedOn, ...(mode === undefined ? {} : { mode }) }];
}
