import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { FileChange } from '../worktree/file-change.ts';
import type { FileState } from '../worktree/file-state.ts';
import { moveState } from '../worktree/move-state.ts';
import type { Git } from '../git/git.ts';

/** One file of a tree that is not as it was. */
export interface TreeChange {
  /** Relative to the top of the repository. */
  readonly path: string;
  /** Git's modes, `000000` for nothing. */
  readonly modeBefore: string;
  readonly modeAfter: string;
  /** Git's name of the content before. */
  readonly blob: string;
}

/** Names the state of a whole tree, what git ignores left out. */
export async function writeTree(git: Git, signal?: AbortSignal): Promise<string> {
  const options = { timeoutMs: 600_000, ...(signal ? { signal } : {}) };
  await git.run(['add', '--all', '--', '.'], options);
  return (await git.run(['write-tree'], options)).trim();
}

/** What has changed since a state that `writeTree` named; submodules left out. */
export async function changesSince(git: Git, tree: string): Promise<readonly TreeChange[]> {
  const now = await writeTree(git);
  const words = ['diff-tree', '-r', '--raw', '--no-renames', '--no-abbrev', '--no-ext-diff', '-z', tree, now];
  const fields = (await git.run(words)).split('\0');
  const changes: TreeChange[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [modeBefore = '', modeAfter = '', blob = ''] = (fields[i] ?? '').slice(1).split(' ');
    const path = fields[i + 1] ?? '';
    if (path !== '' && modeBefore !== '160000' && modeAfter !== '160000')
      changes.push({ path, modeBefore, modeAfter, blob });
  }
  return changes;
}

/** Two trees of one repository: the one that was worked in, and the one that is to take the work over. */
export interface TreePair {
  readonly git: Git;
  readonly worked: string;
  readonly main: string;
}

/**
 * Makes the change of the main tree that is the work done in another. Where the main tree has changed meanwhile, lines are
 * merged.
 *
 * @throws {CapstanError} `conflict` naming the lines that both have changed.
 */
export async function changesForMain(pair: TreePair, changes: readonly TreeChange[]): Promise<FileChange[]> {
  const made: FileChange[] = [];
  const conflicts: string[] = [];
  for (const change of changes) {
    const current = await stateOf(join(pair.main, change.path));
    const after = await stateOf(join(pair.worked, change.path));
    const before = await baseState(pair, change, current);
    const entry = { path: change.path, ...(before ? { before } : {}), ...(after ? { after } : {}) };
    const moved = moveState(entry, current, 'apply');
    if ('conflicts' in moved) conflicts.push(...moved.conflicts.map((words) => `${change.path}: ${words}`));
    else made.push(...changeTo(change, moved.state, current));
  }
  if (conflicts.length === 0) return made;
  throw new CapstanError('conflict', `The main tree has changed meanwhile.\n${conflicts.join('\n')}`);
}

function changeTo(
  { path, modeBefore, modeAfter }: TreeChange,
  state: FileState | undefined,
  current: FileState | undefined,
): FileChange[] {
  if (!state) return current ? [{ path, delete: true }] : [];
  if (state.kind === 'link') return [{ path, link: state.bytes.toString() }];
  // Git knows of a mode only whether a file can be run; the rest is the main tree's.
  const runs = modeAfter === '100755';
  const mode = (modeBefore === '100755') === runs && current ? undefined : (current?.mode ?? 0o644) & ~0o111;
  return [{ path, content: state.bytes, ...(mode === undefined ? {} : { mode: runs ? mode | 0o111 : mode }) }];
}

/** What a file was when the work began: the main tree's own bytes, unless it has changed since. */
async function baseState(
  { git }: TreePair,
  { path, modeBefore, blob }: TreeChange,
  current: FileState | undefined,
): Promise<FileState | undefined> {
  if (modeBefore === '000000') return undefined;
  if (current) {
    const words =
      current.kind === 'link'
        ? ['hash-object', '--no-filters', '--stdin']
        : ['hash-object', `--path=${path}`, '--stdin'];
    const named = await git.run(words, { input: current.bytes });
    if (named.trim() === blob) return current;
  }
  const kind = modeBefore === '120000' ? 'link' : 'file';
  const bytes = await blobOf(git, blob);
  return { kind, bytes, mode: current?.mode ?? (modeBefore === '100755' ? 0o755 : 0o644), uid: 0, gid: 0 };
}

async function blobOf(git: Git, blob: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const { exitCode } = await git.attempt(['cat-file', 'blob', blob], { onOutput: (chunk) => chunks.push(chunk) });
  if (exitCode === 0) return Buffer.concat(chunks);
  throw new CapstanError('tool_failed', `git no longer has ${blob}, which the work began with.`);
}

async function stateOf(path: string): Promise<FileState | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return undefined;
  const { uid, gid } = stats;
  const owner = { uid, gid, mode: stats.mode & 0o7777 };
  if (stats.isSymbolicLink()) return { kind: 'link', bytes: Buffer.from(await readlink(path)), ...owner };
  return stats.isFile() ? { kind: 'file', bytes: await readFile(path), ...owner } : undefined;
}
