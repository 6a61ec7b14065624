import { CapstanError } from '@capstan/sdk/contract';
import type { PatchSummary } from '@capstan/sdk/contract';
import { entriesFor } from './file-change.ts';
import type { FileChange } from './file-change.ts';
import { sameState } from './file-state.ts';
import type { Entry, FileState } from './file-state.ts';
import { unknownPatch } from './journal.ts';
import type { PatchHead, PatchRecord } from './patch-record.ts';
import { diffText, printDiff, totalLines } from './print-diff.ts';
import { moveState } from './move-state.ts';
import { commitChange, exclusively, stateAt } from './tree.ts';
import type { PatchOrigin, Tree } from './tree.ts';

/** Where a patch stands. */
export type PatchState = 'applied' | 'rolled-back' | 'proposed' | 'rejected';

/** A patch as the log knows it. */
export interface PatchInfo extends PatchSummary {
  readonly state: PatchState;
  /** Unix milliseconds. */
  readonly at: number;
  readonly runId?: string;
  readonly callId?: string;
  readonly label?: string;
  /** The record before it in the log. */
  readonly parent?: string;
  /** SHA-256 of the diff, in hex. */
  readonly hash: string;
}

/** What a roll-back or an application did. */
export interface PatchOutcome extends PatchSummary {
  /** The patches it speaks of, in the order they were treated. */
  readonly of: readonly string[];
  readonly runId?: string;
}

/** Whether a patch can be moved, found out without moving it. */
export interface PatchCheck {
  readonly fits: boolean;
  /** What is in the way, each with file and lines. */
  readonly conflicts: readonly string[];
  /** What would change; of the files without conflict. */
  readonly diff: string;
}

/**
 * The patches of a work tree.
 *
 * A patch is moved over the tree as it is by now: files that changed since are merged by line, and what both changed is
 * refused with `patch_failed`, hunk by hunk, before anything is written.
 */
export interface Patches {
  /** All patches, the oldest first. */
  list(): Promise<PatchInfo[]>;
  /** One patch with its diff. @throws {CapstanError} `not_found`. */
  show(id: string): Promise<PatchInfo & { readonly diff: string }>;
  /** Keeps a change as a patch without making it. Throws as `change` of the work tree does. */
  propose(changes: readonly FileChange[], origin?: PatchOrigin): Promise<PatchSummary>;
  /** Says what rolling an applied patch back, or applying another, would do. @throws {CapstanError} `not_found`. */
  check(id: string): Promise<PatchCheck>;
  /** Sets a proposed patch aside. @throws {CapstanError} `not_found` when it is not proposed. */
  reject(id: string): Promise<void>;
  /** Applies a patch that is proposed or was rolled back. @throws {CapstanError} `patch_failed` when it does not fit. */
  apply(id: string): Promise<PatchOutcome>;
  /** Takes an applied patch back. @throws {CapstanError} `patch_failed` when later changes are in the way. */
  rollback(id: string): Promise<PatchOutcome>;
  /**
   * Takes back everything a run changed, the newest first, all or nothing.
   *
   * @param runId Default: the run of the newest patch, also when that run was killed.
   * @throws {CapstanError} `not_found` when there is nothing to take back, `patch_failed` as `rollback`.
   */
  rollbackRun(runId?: string): Promise<PatchOutcome>;
}

/** Gives the patch log of a tree. */
export function patchLog(tree: Tree): Patches {
  return {
    list: () => listPatches(tree),
    async show(id) {
      const info = find(await listPatches(tree), id);
      return { ...info, diff: (await tree.journal.readDiff(id)).toString('utf8') };
    },
    propose: (changes, origin = {}) => exclusively(tree, () => propose(tree, changes, origin)),
    check: (id) => check(tree, id),
    reject: (id) => exclusively(tree, () => reject(tree, id)),
    apply: (id) =>
      exclusively(tree, async () => {
        const info = find(await listPatches(tree), id);
        if (info.state === 'applied') throw alreadyDone(id, 'applied');
        return move(tree, [await tree.journal.read(id)], 'apply');
      }),
    rollback: (id) =>
      exclusively(tree, async () => {
        const info = find(await listPatches(tree), id);
        if (info.state !== 'applied') throw alreadyDone(id, info.state);
        return move(tree, [await tree.journal.read(id)], 'rollback');
      }),
    rollbackRun: (runId) => exclusively(tree, () => rollbackRun(tree, runId)),
  };
}

async function rollbackRun(tree: Tree, runId: string | undefined): Promise<PatchOutcome> {
  const all = (await listPatches(tree)).filter((patch) => patch.state === 'applied' || patch.state === 'rolled-back');
  const newest = all.at(-1);
  const group = runId ?? (newest && groupOf(newest));
  const patches = all.filter((patch) => groupOf(patch) === group);
  if (patches.length === 0) {
    throw new CapstanError('not_found', runId ? `No run ${runId} changed files here.` : 'No run changed files here.');
  }
  const applied = patches.filter((patch) => patch.state === 'applied').toReversed();
  if (applied.length === 0) throw alreadyDone(group ?? '', 'rolled-back');
  const records: PatchRecord[] = [];
  for (const patch of applied) records.push(await tree.journal.read(patch.id));
  return move(tree, records, 'rollback');
}

function groupOf(patch: PatchInfo): string {
  return patch.runId ?? patch.id;
}

async function listPatches(tree: Tree): Promise<PatchInfo[]> {
  const states = new Map<string, PatchState>();
  const heads = await tree.journal.heads();
  for (const head of heads) {
    if (head.kind === 'change') states.set(head.id, 'applied');
    if (head.kind === 'proposal') states.set(head.id, 'proposed');
    for (const id of head.of ?? []) states.set(id, stateAfter[head.kind]);
  }
  return heads.flatMap((head) => infoOf(head, states.get(head.id)));
}

const stateAfter: Readonly<Record<PatchHead['kind'], PatchState>> = {
  change: 'applied',
  proposal: 'proposed',
  apply: 'applied',
  rollback: 'rolled-back',
  reject: 'rejected',
};

function infoOf(head: PatchHead, state: PatchState | undefined): PatchInfo[] {
  if (!state) return [];
  const { v: _, kind: __, of: ___, ...info } = head;
  return [{ ...info, ...totalLines(head.files), state }];
}

function find(patches: readonly PatchInfo[], id: string): PatchInfo {
  const found = patches.find((patch) => patch.id === id);
  if (!found) throw unknownPatch(id);
  return found;
}

function alreadyDone(id: string, state: PatchState): CapstanError {
  const words =
    state === 'applied' ? 'is applied already' : state === 'rolled-back' ? 'is rolled back already' : `is ${state}`;
  return new CapstanError('not_found', `${id} ${words}; there is nothing to do. List the patches to choose another.`, {
    where: id,
  });
}

/** Plays records forward or backward over the tree as it is, in one change. */
async function move(tree: Tree, records: readonly PatchRecord[], kind: 'apply' | 'rollback'): Promise<PatchOutcome> {
  const { entries, conflicts } = planMove(tree, records, kind);
  if (conflicts.length > 0) throw inTheWay(records, kind, conflicts);
  const ids = records.map((record) => record.id);
  const runId = records[0]?.runId;
  const summary = await commitChange(tree, { kind, of: ids, runId, entries, ...folderMoves(records, kind) });
  return { ...summary, of: ids, ...(runId ? { runId } : {}) };
}

/** Which folders come and go in the end; what the last record played says of a folder counts. */
function folderMoves(records: readonly PatchRecord[], kind: 'apply' | 'rollback') {
  const comes = new Map<string, boolean>();
  for (const record of records) {
    for (const path of record.folders) comes.set(path, kind === 'apply');
    for (const path of record.removed) comes.set(path, kind === 'rollback');
  }
  const paths = [...comes.keys()];
  return { folders: paths.filter((path) => comes.get(path)), removed: paths.filter((path) => !comes.get(path)) };
}

/** Works out what playing records would leave, each over what the one before left. */
function planMove(tree: Tree, records: readonly PatchRecord[], kind: 'apply' | 'rollback') {
  const before = new Map<string, FileState | undefined>();
  const after = new Map<string, FileState | undefined>();
  const conflicts: string[] = [];
  for (const record of records) {
    for (const entry of record.entries) {
      const { path } = entry;
      if (!before.has(path)) before.set(path, stateAt(tree, path, { folders: 'nothing' }));
      const current = after.has(path) ? after.get(path) : before.get(path);
      const moved = moveState(entry, current, kind);
      if ('conflicts' in moved) conflicts.push(...moved.conflicts.map((words) => `${path}: ${words}`));
      else after.set(path, moved.state);
    }
  }
  const entries = [...after].map(([path, state]) => entryOf(path, before.get(path), state));
  return { entries, conflicts };
}

function entryOf(path: string, before: FileState | undefined, after: FileState | undefined): Entry {
  return { path, ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

async function check(tree: Tree, id: string): Promise<PatchCheck> {
  const { state } = find(await listPatches(tree), id);
  const kind = state === 'applied' ? 'rollback' : 'apply';
  const { entries, conflicts } = planMove(tree, [await tree.journal.read(id)], kind);
  const changed = entries.filter((entry) => !sameState(entry.before, entry.after));
  return { fits: conflicts.length === 0, conflicts, diff: diffText(printDiff(changed)) };
}

async function propose(tree: Tree, changes: readonly FileChange[], origin: PatchOrigin): Promise<PatchSummary> {
  return commitChange(tree, { ...origin, kind: 'proposal', entries: await entriesFor(tree, changes) });
}

async function reject(tree: Tree, id: string): Promise<void> {
  const { state } = find(await listPatches(tree), id);
  if (state !== 'proposed') throw alreadyDone(id, state);
  await commitChange(tree, { kind: 'reject', of: [id], entries: [] });
}

function inTheWay(records: readonly PatchRecord[], kind: string, conflicts: readonly string[]): CapstanError {
  const ids = records.map((record) => record.id).join(', ');
  const verb = kind === 'apply' ? 'applied' : 'rolled back';
  return new CapstanError(
    'patch_failed',
    `${ids} cannot be ${verb}; nothing was changed.\n${conflicts.join('\n')}\nTake back or merge those changes first.`,
    { where: ids },
  );
}
