import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { PatchSummary } from '@capstan/sdk/contract';
import { oneAtATime } from '../files/one-at-a-time.ts';
import type { Turns } from '../files/one-at-a-time.ts';
import { openGit } from '../git/git.ts';
import type { Git } from '../git/git.ts';
import type { VerifyOptions } from '../verify/run-confined.ts';
import { openWorktree } from '../worktree/worktree.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { carryChanges, linkDependencies } from './carry-over.ts';
import type { WorkMeasures } from './measure-work.ts';
import { measureWork, runLine } from './measure-work.ts';
import { changesForMain, changesSince, writeTree } from './tree-changes.ts';
import { addTree, makeTrialFolder, pruneTrials, removeTree } from './trial-folders.ts';

export interface GitWorktreesOptions {
  /** Command line that makes a new tree ready, such as `npm ci`. Default: none; dependencies are linked. */
  readonly prepare?: string;
  /** Command line of the tests. Default: the runner that the project uses. `false`: none are run. */
  readonly tests?: string | false;
  /** Names of ignored folders that a new tree shares. Default `node_modules`, `.venv`, `venv`. */
  readonly link?: readonly string[];
  /** How tests, checks and `prepare` are run. */
  readonly verify?: VerifyOptions;
  /** Existing folder in which the trees are made. Default: the system's for temporary files. */
  readonly folder?: string;
}

/** Git work trees for the candidates of an experiment; what `experiment` of `@capstan/sdk` takes as `workspaces`. */
export interface GitWorktrees extends AsyncDisposable {
  /** What dead processes had left and was taken away when this was opened. */
  readonly pruned: readonly string[];
  /** Makes a tree with what the main tree holds now: the commit, and all that is changed, new or deleted since. */
  open(name: string, at: { readonly signal: AbortSignal }): Promise<TrialTree>;
  /** Applies a kept patch to the main tree, all or nothing. @throws {CapstanError} `patch_failed` when it no longer fits. */
  apply(patchId: string): Promise<PatchSummary>;
  /** Takes away every tree that is still there. */
  close(): Promise<void>;
}

/** A work tree of a candidate's own. */
export interface TrialTree {
  readonly root: string;
  /** For the candidate's tools. */
  readonly worktree: Worktree;
  /** Keeps the work as a proposed patch of the main tree. @throws {CapstanError} `conflict` when both have changed the same lines. */
  keep(about: {
    readonly runId: string;
    readonly label: string;
  }): Promise<{ readonly patch: PatchSummary; readonly diff: string } | undefined>;
  measure(at: { readonly signal: AbortSignal }): Promise<WorkMeasures>;
  close(): Promise<void>;
}

/**
 * Opens a repository for trials, and takes away what trials of processes that died have left.
 *
 * @throws {CapstanError} `not_found` where there is no git repository, or no commit in it.
 */
export async function gitWorktrees(main: Worktree, options: GitWorktreesOptions = {}): Promise<GitWorktrees> {
  const { folder = tmpdir(), verify = {} } = options;
  const env = verify.env ? { env: verify.env } : {};
  const inMain = openGit(main.root, env);
  const top = realpathSync((await inMain.run(['rev-parse', '--show-toplevel'])).replace(/\n$/, ''));
  const git = top === main.root ? inMain : openGit(top, env);
  const head = await git.attempt(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  if (head.exitCode !== 0) {
    throw new CapstanError('not_found', `${top} has no commit yet, and trials begin at one. Commit first.`, {
      where: top,
    });
  }
  const pruned = await pruneTrials(git, folder);
  const repository: Repository = { main, git, top, options, env };
  const trees = new Set<TrialTree>();
  const turns = oneAtATime();
  const close = async () => {
    for (const tree of trees) await tree.close();
  };
  return {
    pruned,
    async open(name, { signal }) {
      if (!/^\w[\w.-]*$/.test(name))
        throw new CapstanError('invalid_config', `"${name}" is no name for a folder.`, { where: name });
      const parent = await makeTrialFolder(folder);
      const path = join(parent, name);
      const remove = () => turns(() => removeTree(git, path));
      try {
        const tree = await openTrial(repository, { path, signal, remove, turns, closed: () => trees.delete(tree) });
        trees.add(tree);
        return tree;
      } catch (error) {
        await remove();
        throw error;
      }
    },
    // The log knows the patch by the id it was kept under, whatever the record of its application is called.
    apply: async (patchId) => ({ ...(await main.patches.apply(patchId)), id: patchId }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Repository {
  readonly main: Worktree;
  /** At the top of the repository, of which the main tree may be a part. */
  readonly git: Git;
  readonly top: string;
  readonly options: GitWorktreesOptions;
  readonly env: { readonly env?: NonNullable<VerifyOptions['env']> };
}

interface TrialPlace {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly remove: () => Promise<void>;
  readonly turns: Turns;
  readonly closed: () => void;
}

const dependencies = ['node_modules', '.venv', 'venv'];

async function openTrial(
  repository: Repository,
  { path, signal, remove, turns, closed }: TrialPlace,
): Promise<TrialTree> {
  const { main, git, top, options, env } = repository;
  const { prepare, tests, link = dependencies, verify = {} } = options;
  // Two additions at once would meet in git's own lock.
  await turns(() => addTree(git, path, signal));
  await carryChanges(git, top, path);
  await linkDependencies(git, link, { from: top, to: path });
  const own = openGit(path, env);
  const base = await writeTree(own, signal);
  const root = join(path, relative(top, main.root));
  if (prepare !== undefined) await prepared(root, prepare, { ...verify, signal });
  const worktree = await openWorktree(root);
  const part = relative(top, main.root).replaceAll('\\', '/');
  let closing: Promise<void> | undefined;
  return {
    root: worktree.root,
    worktree,
    async keep(about) {
      const all = await changesSince(own, base);
      const mine = all.filter((change) => part === '' || change.path.startsWith(`${part}/`));
      const changes = await changesForMain({ git, worked: path, main: top }, mine);
      if (changes.length === 0) return undefined;
      const here = changes.map((change) => ({
        ...change,
        path: part === '' ? change.path : change.path.slice(part.length + 1),
      }));
      const patch = await main.patches.propose(here, about);
      if (patch.files.length === 0) return undefined;
      return { patch, diff: (await main.patches.show(patch.id)).diff };
    },
    measure: ({ signal: stop }) =>
      measureWork({
        root: worktree.root,
        ...(tests === undefined ? {} : { tests }),
        verify: { ...verify, signal: stop },
      }),
    close() {
      closing ??= (async () => {
        worktree.close();
        await remove();
        closed();
      })();
      return closing;
    },
  };
}

async function prepared(
  root: string,
  command: string,
  verify: VerifyOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { passed, output } = await runLine(root, command, verify);
  if (!passed) throw new CapstanError('tool_failed', `${command} failed, so there is no tree to work in.\n${output}`);
}
