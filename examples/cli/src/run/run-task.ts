import type { Command } from 'commander';
import { newId } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import type { Mode } from '../project/mode.ts';
import { openRun } from './open-run.ts';
import { planRun } from './plan-run.ts';
import type { RunFlags } from './run-settings.ts';
import { startRun } from './start-run.ts';

export interface TaskOptions {
  /** The command's name in the envelope. */
  readonly name: string;
  /** Mode where nobody names one. */
  readonly mode: Mode;
  /** `words` when an answer is all that is asked for. */
  readonly wants?: 'words';
  /** Makes the task for a root, after the options were found to be right. */
  readonly task: (root: string) => string | Promise<string>;
}

/** Runs a task that a command has put into words, in a session of its own. */
export async function runTask(cli: Cli, command: Command, { name, mode, task, wants }: TaskOptions): Promise<void> {
  if (command.opts<RunFlags>().dryRun) return cli.finish(name, await planRun(cli, command, { mode, task }));
  const made: { task?: string } = {};
  const setup = await openRun(cli, command, {
    mode,
    before: async (root) => {
      made.task = await task(root);
    },
  });
  try {
    const run = startRun({
      ...setup,
      ...(wants ? { wants } : {}),
      start: (agent, options) => agent.run(made.task ?? '', { sessionId: newId(), ...options }),
    });
    cli.finish(name, (await run).outcome);
  } finally {
    await setup.store.close();
  }
}
