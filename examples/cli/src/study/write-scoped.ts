import type { Command } from 'commander';
import { CapstanError, newId, type PatchSummary } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { readableIn } from '../project/readable.ts';
import { openRun, type OpenedRun } from '../run/open-run.ts';
import { planRun } from '../run/plan-run.ts';
import { startRun } from '../run/start-run.ts';
import type { RunFlags } from '../run/run-settings.ts';
import { scopedTree, type WriteScope } from './scoped-tree.ts';

export interface ScopedTask {
  /** The command's name in the envelope. */
  readonly name: string;
  readonly task: (root: string) => Promise<string>;
  /** What may be written; undefined: whatever the mode lets. */
  readonly scope: (root: string) => WriteScope | undefined;
  /** More fields of the payload. */
  readonly payload?: (root: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** Runs a task that may write in one file alone, and gives the diff of what it did. */
export async function writeScoped(
  cli: Cli,
  command: Command,
  { name, task, scope, payload }: ScopedTask,
): Promise<void> {
  if (command.opts<RunFlags>().dryRun) {
    const what = async (root: string): Promise<string> => {
      scope(root);
      return task(root);
    };
    return cli.finish(name, await planRun(cli, command, { mode: 'auto-edit', task: what }));
  }
  const made = { task: '' };
  const setup = await openRun(cli, command, {
    mode: 'auto-edit',
    before: async (root) => {
      scope(root);
      made.task = await task(root);
    },
  });
  try {
    const { root } = setup.worktree;
    const held = scope(root);
    const { outcome, report } = await startRun({
      ...setup,
      ...(held ? { tools: await scopedTools(cli, setup, held) } : {}),
      wants: 'change',
      start: (agent, options) => agent.run(made.task, { sessionId: newId(), ...options }),
    });
    const diff = await diffOf(setup.worktree, report.result.patches);
    const more = payload ? await payload(root) : {};
    cli.finish(name, withDiff(outcome, diff, more));
  } finally {
    await setup.store.close();
  }
}

/** Tools that read anything and write within the scope; none runs a program. */
async function scopedTools(cli: Cli, { worktree }: OpenedRun, scope: WriteScope) {
  const [{ fileTools, todoTool }, { codeTools }] = await Promise.all([
    import('@capstan/tools'),
    import('@capstan/code'),
  ]);
  const mask = await readableIn(cli, worktree.root);
  return [...fileTools(scopedTree(worktree, scope)), ...codeTools(worktree.root, { mask }), todoTool()];
}

function withDiff(outcome: Outcome, diff: string, more: Readonly<Record<string, unknown>>): Outcome {
  return { ...outcome, payload: { ...(outcome.payload as object), ...more, diff } };
}

async function diffOf(worktree: Worktree, patches: readonly PatchSummary[]): Promise<string> {
  const diffs = await Promise.all(patches.map(({ id }) => shown(worktree, id)));
  return diffs.join('');
}

/** A patch that cannot be read is no reason to fail. */
async function shown(worktree: Worktree, id: string): Promise<string> {
  try {
    return (await worktree.patches.show(id)).diff;
  } catch (error) {
    if (error instanceof CapstanError) return '';
    throw error;
  }
}
