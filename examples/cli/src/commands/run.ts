import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { CapstanError, type Model, type RunInput } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { converse } from '../run/converse.ts';
import { findSession } from '../run/find-session.ts';
import { openRun } from '../run/open-run.ts';
import { planRun } from '../run/plan-run.ts';
import { readTask } from '../run/read-task.ts';
import { outputSchema, runInput } from '../run/run-input.ts';
import { withRunOptions, withSessionOptions, type RunFlags } from '../run/run-settings.ts';
import { startRun } from '../run/start-run.ts';
import { beginPlan, planTask, withProgress } from '../study/follow-plan.ts';
import { findPlan, type FoundPlan } from '../study/plan-files.ts';

const help = `
Examples:
  capstan run "make the failing test pass"
  capstan run --mode read-only "how does the cache decide what to drop?"
  git diff | capstan run "review this"
  capstan run --image shot.png "why does the button overlap?"
  capstan run -q --output-schema shape.json "which routes has this server?"
  capstan run --plan last
  capstan run --json --yes --budget-usd 0.25 "rename Foo to Bar" | jq .payload.patches

Exit codes: 0 done · 1 failed, or nothing done of what was asked · 2 wrong usage · 3 denied, or approval needed ·
4 budget spent · 130 interrupted`;

interface TaskFlags {
  readonly stdin?: boolean;
  readonly record?: string;
  readonly image?: readonly string[];
  readonly outputSchema?: string;
  readonly inputFormat?: string;
  readonly plan?: string;
}

/** `capstan run`: one task, to its end. */
export function command(cli: Cli): Command {
  const run = withSessionOptions(withRunOptions(new Command('run')))
    .description('Do a task and end')
    .argument('[task...]', 'what to do, in words; "-" reads it from stdin')
    .option('--image <file...>', 'images and documents to look at: files, or addresses that the vendor fetches')
    .option('--output-schema <file>', 'answer with JSON of this JSON Schema: a file, or the schema itself')
    .option('--record <file>', 'keep the model calls on a tape, keys masked; see "capstan tape"')
    .option('--stdin', 'wait for stdin to end and take it as context')
    .option('--plan <file|id>', 'carry out a plan: a file, an id of "capstan plan", or last')
    .addOption(
      new Option('--input-format <format>', 'what stdin is: text, or messages and answers as lines of JSON').choices([
        'text',
        'stream-json',
      ]),
    )
    .addHelpText('after', help);
  return withGlobals(run).action(async (words: string[], flags: TaskFlags & RunFlags) => {
    const talks = flags.inputFormat === 'stream-json';
    const { cwd } = cli.io;
    const given: { task?: RunInput; plan?: FoundPlan } = {};
    const read = async (root: string): Promise<string> => {
      if (flags.plan === undefined) return readTask(words, cli.io, flags);
      given.plan = findPlan(flags.plan, { root, cwd });
      return planTask(given.plan, words.length === 0 ? '' : await readTask(words, cli.io, flags));
    };
    if (flags.dryRun) {
      const task = (root: string) => (talks ? words.join(' ') : read(root));
      return cli.finish('run', await planRun(cli, run, { task }));
    }
    if (talks) checkTalk(run, cli);
    const output = flags.outputSchema === undefined ? undefined : outputSchema(flags.outputSchema, cwd);
    const opened = await openRun(cli, run, {
      before: async (root) => {
        if (talks && words.length === 0) return;
        const task = talks ? words.join(' ') : await read(root);
        given.task = await runInput(task, flags.image ?? [], cwd);
      },
    });
    try {
      const sessionId = await findSession(opened.store, opened.settings);
      const { record } = flags;
      const model = record === undefined ? opened.model : await recorded(opened.model, resolve(cwd, record));
      const setup = { ...opened, model, ...(output === undefined ? {} : { output }) };
      if (talks) return cli.finish('run', await converse(setup, { sessionId, first: given.task }));
      const { plan } = given;
      if (plan) await beginPlan(setup, sessionId, plan);
      const { outcome } = await startRun({
        ...setup,
        start: (agent, options) => agent.run(given.task ?? '', { sessionId, ...options }),
      });
      cli.finish('run', plan ? await withProgress(outcome, setup.store, { sessionId, plan }) : outcome);
    } finally {
      await opened.store.close();
    }
  });
}

/** A program that talks in lines reads lines too. */
function checkTalk(run: Command, cli: Cli): void {
  const { streamJson, stdin, plan } = run.opts<RunFlags & TaskFlags>();
  const wrong = (text: string) => new CapstanError('invalid_config', text, { where: '--input-format' });
  if (!streamJson) throw wrong('--input-format stream-json goes with --stream-json: answers come as events.');
  if (stdin) throw wrong('--input-format stream-json and --stdin exclude one another. Give one of them.');
  if (plan !== undefined) throw wrong('--plan is one task, and --input-format stream-json many. Give one of them.');
  if (cli.io.input === 'terminal' || cli.io.input === 'none')
    throw wrong('--input-format stream-json reads lines of JSON from a pipe on stdin, and there is none.');
}

async function recorded(model: Model, file: string): Promise<Model> {
  const { record } = await import('@capstan/providers/tape');
  return record(model, file);
}
