import { lstat, readlink } from 'node:fs/promises';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import { contentHash } from '../worktree/file-state.ts';
import type { FileChange } from '../worktree/file-change.ts';
import type { TreeFile, Worktree } from '../worktree/worktree.ts';
import { editText } from './edit-text.ts';
import type { FilePatch, UpdateFile } from './file-patch.ts';
import { patchText } from './patch-text.ts';
import { decodeText, encodeText } from './text-encoding.ts';

/** What a patch would do to the files it names. */
export interface PatchPlan {
  readonly changes: readonly FileChange[];
  /** The files that it changes, as they were read. */
  readonly read: readonly TreeFile[];
  /** Where the patch was taken less than literally. */
  readonly notes: readonly string[];
}

interface Planned {
  readonly before: TreeFile | undefined;
  readonly content: Buffer | undefined;
  readonly mode?: number;
  readonly link?: boolean;
}

/**
 * Works out what a patch leaves of each file it names, without changing any.
 *
 * @throws {CapstanError} `tool_failed` when a part does not fit; then none of it is to be done.
 */
export async function planPatch(worktree: Worktree, patches: Iterable<FilePatch>): Promise<PatchPlan> {
  const planned = new Map<string, Planned>();
  const notes: string[] = [];
  const lookUp = async (path: string) => {
    const absolute = await worktree.resolve(path);
    const known = planned.get(absolute);
    if (known) return { absolute, now: known };
    const before = await readIfThere(worktree, path);
    return { absolute, now: { before, content: before?.bytes } satisfies Planned };
  };
  let files = 0;
  for (const patch of patches) {
    files++;
    const link = patch.kind === 'delete' ? await linkAt(worktree, patch.path) : undefined;
    if (link) {
      if (!isAsSaid(contentOf(patch), link.bytes))
        throw refused(patch.path, 'is a link to another place than the patch deletes');
      planned.set(link.absolute, { before: link, content: undefined });
      continue;
    }
    const { absolute, now } = await lookUp(patch.path);
    if (patch.kind === 'update' && patch.moveTo !== undefined) {
      const target = await lookUp(patch.moveTo);
      if (target.now.content && target.absolute !== absolute)
        throw refused(patch.moveTo, 'exists already, so nothing can be moved there');
      const updated = applyTo(patch, now, notes);
      planned.set(absolute, { before: now.before, content: undefined });
      planned.set(target.absolute, {
        ...updated,
        before: target.now.before,
        mode: updated.mode ?? now.before?.mode ?? 0o644,
      });
    } else {
      planned.set(absolute, applyTo(patch, now, notes));
    }
  }
  if (files === 0) throw new CapstanError('tool_failed', 'The patch names no file, so there is nothing to do.');
  return { ...changesOf(planned), notes };
}

function changesOf(planned: ReadonlyMap<string, Planned>): Omit<PatchPlan, 'notes'> {
  const changes: FileChange[] = [];
  const read: TreeFile[] = [];
  for (const [path, { before, content, mode, link }] of planned) {
    const basedOn = before?.hash ?? null;
    if (before) read.push(before);
    if (content && link) changes.push({ path, link: content.toString('utf8'), basedOn });
    else if (content) changes.push({ path, content, basedOn, ...(mode === undefined ? {} : { mode }) });
    else if (before) changes.push({ path, delete: true, basedOn });
  }
  return { changes, read };
}

function applyTo(patch: FilePatch, now: Planned, notes: string[]): Planned {
  const { path } = patch;
  if (patch.kind === 'add') {
    if (now.content) throw refused(path, 'exists already. Update it, or delete it first');
    return { ...now, content: Buffer.from(patch.content), ...modeOf(patch.mode, undefined) };
  }
  if (patch.kind === 'replace') return replaced(patch, now, notes);
  if (!now.content)
    throw new CapstanError('not_found', `The patch was not applied: there is no file ${path}.`, { where: path });
  if (patch.kind === 'delete') {
    if (!isAsSaid(patch.content, now.content))
      throw refused(path, 'has another content than the patch deletes. Read it first');
    return { ...now, content: undefined };
  }
  return { ...now, content: updated(patch, now.content, notes), ...modeOf(patch.mode, now.before?.mode) };
}

/** Compares without regard to line endings and a final newline, which patches often get wrong. */
function isAsSaid(said: string | undefined, content: Buffer): boolean {
  const plain = (text: string) => text.replaceAll('\r\n', '\n').replace(/\n$/, '');
  return said === undefined || plain(said) === plain(decodeText(content)?.text ?? '');
}

function updated(patch: UpdateFile, content: Buffer, notes: string[]): Buffer {
  if (patch.binary) return patch.binary;
  if (patch.hunks.length === 0) return content;
  return asText(patch.path, content, (text) => {
    const outcome = patchText(text, patch.hunks);
    if ('refused' in outcome) throw refused(patch.path, outcome.refused);
    notes.push(...outcome.notes.map((note) => `${patch.path}: ${note}`));
    return outcome.text;
  });
}

function replaced(patch: FilePatch & { kind: 'replace' }, now: Planned, notes: string[]): Planned {
  if (patch.old.trim() === '' && (!now.content || now.content.length === 0))
    return { ...now, content: Buffer.from(patch.new) };
  if (!now.content)
    throw new CapstanError('not_found', `The patch was not applied: there is no file ${patch.path}.`, {
      where: patch.path,
    });
  const content = asText(patch.path, now.content, (text) => {
    const outcome = editText(text, patch);
    if ('refused' in outcome) throw refused(patch.path, outcome.refused.replace(', or set all', ''));
    if (outcome.tier !== 'exact') notes.push(`${patch.path}: line ${outcome.lines.join(', ')}, tier ${outcome.tier}`);
    return outcome.text;
  });
  return { ...now, content };
}

function asText(path: string, content: Buffer, change: (text: string) => string): Buffer {
  const decoded = decodeText(content);
  if (!decoded) throw refused(path, 'is binary and cannot be patched as text');
  const bytes = encodeText({ ...decoded, text: change(decoded.text) });
  if (bytes) return bytes;
  throw refused(path, `is written in ${decoded.encoding}, which cannot hold all of these characters`);
}

function modeOf(mode: string | undefined, before: number | undefined): Pick<Planned, 'mode' | 'link'> {
  if (mode === '120000') return { link: true };
  if (mode === undefined) return {};
  const base = before ?? 0o644;
  return { mode: mode === '100755' ? base | 0o111 : base & ~0o111 };
}

function contentOf(patch: FilePatch): string | undefined {
  return patch.kind === 'delete' ? patch.content : undefined;
}

/** The link at a path, its target as its content; `undefined` when something else is there. */
async function linkAt(worktree: Worktree, path: string): Promise<TreeFile | undefined> {
  const { absolute, path: inTree, inside } = await worktree.locate(path, { last: 'keep' });
  const stats = inside ? await lstat(absolute).catch(() => undefined) : undefined;
  if (!stats?.isSymbolicLink()) return undefined;
  const bytes = await readlink(absolute, 'buffer');
  return { path: inTree, absolute, bytes, hash: contentHash(bytes), mode: 0o777 };
}

async function readIfThere(worktree: Worktree, path: string): Promise<TreeFile | undefined> {
  return worktree.read(path).catch((error: unknown) => {
    if (isCapstanError(error) && error.code === 'not_found') return undefined;
    throw error;
  });
}

function refused(path: string, why: string): CapstanError {
  return new CapstanError('tool_failed', `The patch was not applied, no file was changed. ${path}: ${why}`, {
    where: path,
  });
}
