import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Model } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { findSession } from '../run/find-session.ts';
import { openRun } from '../run/open-run.ts';
import { readTask } from '../run/read-task.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { startRun } from '../run/start-run.ts';

const help = `
Examples:
  capstan run "make the failing test pass"
  capstan run --mode read-only "how does the cache decide what to drop?"
  git diff | capstan run "review this"
  capstan run --json --yes --budget-usd 0.25 "rename Foo to Bar" | jq .payload.patches

Exit codes: 0 done · 1 failed, or nothing done of what was asked · 2 wrong usage · 3 denied, or approval needed ·
4 budget spent · 130 interrupted`;

/** `capstan run`: one task, to its end. */
export function command(cli: Cli): Command {
  const run = withRunOptions(new Command('run'))
    .description('Do a task and end')
    .argument('<task...>', 'what to do, in words; "-" reads it from stdin')
    .option('--session <id>', 'go on with a session, or start one of this name')
    .option('-c, --continue', 'go on with the last session')
    .option('--record <file>', 'keep the model calls on a tape, keys masked; see "capstan tape"')
    .option('--stdin', 'wait for stdin to end and take it as context')
    .addHelpText('after', help);
  return withGlobals(run).action(async (words: string[], { stdin, record }: { stdin?: boolean; record?: string }) => {
    const given: { task?: string } = {};
    const setup = await openRun(cli, run, {
      before: async () => {
        given.task = await readTask(words, cli.io, { stdin });
      },
    });
    try {
      const sessionId = await findSession(setup.store, setup.settings);
      const model = record === undefined ? setup.model : await recorded(setup.model, resolve(cli.io.cwd, record));
      const start = startRun({
        ...setup,
        model,
        start: (agent, options) => agent.run(given.task ?? '', { sessionId, ...options }),
      });
      cli.finish('run', (await start).outcome);
    } finally {
      await setup.store.close();
    }
  });
}

async function recorded(model: Model, file: string): Promise<Model> {
  const { record } = await import('@capstan/providers/tape');
  return record(model, file);
}
