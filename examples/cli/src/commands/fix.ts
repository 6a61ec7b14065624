import { Command } from 'commander';
import type { FailureHint } from '@capstan/code';
import { CapstanError } from '@capstan/sdk/contract';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { commandHere } from '../project/command-here.ts';
import { modelHere } from '../project/pick-model.ts';
import { rootOf } from '../project/open-project.ts';
import { plainText } from '../render/plain-text.ts';
import { failureTask } from '../run/failure-task.ts';
import { openRun } from '../run/open-run.ts';
import { planRun } from '../run/plan-run.ts';
import { runSettings, withRunOptions, type RunFlags } from '../run/run-settings.ts';
import { openTestDesk, type TestDesk } from '../run/tests/test-desk.ts';
import { testHints } from '../run/tests/test-hints.ts';
import type { TestRun } from '../run/tests/test-run.ts';
import { testRunPayload, testSummary } from '../run/tests/test-summary.ts';
import type { TestTarget } from '../run/tests/test-target.ts';

const help = `
Examples:
  capstan fix                            run the tests, and have what fails mended
  capstan fix --dry-run                  what fails, hints, and what would be asked; no model is called
  capstan fix --budget-usd 0.50 --tries 2
  capstan fix -- npm run test:unit       tests by a command of your own

A test that passes when it is run again alone is flaky: it is told of and not mended. A change that makes more tests fail
is taken back; if not all pass in the end, every change is (--keep leaves them), and "capstan patch list" has them still.
Tests are not changed unless --allow-tests is given. The exit code is 0 only when all tests pass.`;

interface Flags extends RunFlags {
  readonly tries: string;
  readonly allowTests?: boolean;
  readonly keep?: boolean;
}

/** `capstan fix`: runs the tests and lets an agent mend what fails, within bounds. */
export function command(cli: Cli): Command {
  const fix = withRunOptions(new Command('fix'))
    .description('Run the tests and have what fails mended: hint, patch, run again; taken back when it does not help')
    .argument('[command...]', 'a command that runs the tests, after "--" (default: found by "capstan stack")')
    .option('--tries <count>', 'most patches in a row', '3')
    .option('--allow-tests', 'let tests be changed too')
    .option('--keep', 'leave what was mended although not all tests pass')
    .addHelpText('after', help)
    .passThroughOptions();
  return withGlobals(fix).action(async (words: string[], flags: Flags) => {
    const tries = Number(flags.tries);
    if (!Number.isSafeInteger(tries) || tries < 1)
      throw new CapstanError('invalid_config', `--tries takes a whole number above 0, not "${flags.tries}".`, {
        where: '--tries',
      });
    const globals = globalsOf(cli, fix);
    const settings = runSettings({ ...flags, json: globals.json === true });
    const root = rootOf(cli, globals);
    const show = settings.output === 'text' ? (chunk: Buffer): void => void cli.io.err(chunk) : undefined;
    await using desk = await openTestDesk(cli, { root, command: words, sandbox: settings.sandbox, show });
    cli.finish('fix', await mend(cli, fix, { desk, flags, tries }));
  });
}

interface Mending {
  readonly desk: TestDesk;
  readonly flags: Flags;
  readonly tries: number;
}

async function mend(cli: Cli, fix: Command, { desk, flags, tries }: Mending): Promise<Outcome> {
  const targets = desk.all();
  const run = await desk.run(targets);
  if (run.passed)
    return told(cli, fix, { end: 'passed', why: 'All tests pass: there is nothing to fix.', exit: 0, run, hints: [] });
  const { withoutFlaky } = await import('../run/fix/flaky-tests.ts');
  const { failures, flaky } = await withoutFlaky(desk, run, targets);
  const flakyNames = flaky.map(({ name }) => name);
  if (failures.length === 0) return onlyFlaky(cli, fix, { desk, targets, flaky: flakyNames });
  const hints = await testHints(desk.index, failures);
  const base = { run, hints, flaky: flakyNames };
  if (flags.dryRun) return dry(cli, fix, { ...base, allowTests: flags.allowTests === true });
  const { id, named } = await modelHere(
    cli,
    desk.root,
    flags.model ?? (flags.provider === 'practice' ? 'practice' : undefined),
  );
  if (flags.agent === undefined && flags.provider === undefined && id === 'practice' && !named)
    return told(cli, fix, { ...base, end: 'no model', why: noModel, exit: 1 });
  const opened = await openRun(cli, fix, { mode: 'auto-edit' });
  try {
    if (opened.model.id === 'capstan/practice')
      return await told(cli, fix, { ...base, end: 'no model', why: noModel, exit: 1 });
    const { fixLoop } = await import('../run/fix/fix-loop.ts');
    const say = async (words: string): Promise<void> => {
      if (opened.settings.output === 'text') await cli.io.err(`\ncapstan: ${words}\n`);
    };
    const options = { desk, targets, tries, allowTests: flags.allowTests === true, keep: flags.keep === true, say };
    const done = await fixLoop(opened, { run, failures, flaky: flakyNames, hints }, options);
    const { end, why, exit, tries: made, flaky: all, last, hints: left, patches, takenBack } = done;
    return await told(cli, fix, {
      end,
      why,
      exit,
      run: last,
      hints: left,
      flaky: all,
      tries: made,
      patches,
      takenBack,
      before: run,
    });
  } finally {
    await opened.store.close();
  }
}

const noModel =
  'No model is there to mend it: no key was found. Run "capstan auth login openai", set OPENAI_API_KEY, or give --model.';

interface Told {
  readonly end: string;
  readonly why: string;
  readonly exit: NonNullable<Outcome['exit']>;
  /** The last run of tests. */
  readonly run: TestRun;
  readonly hints: readonly FailureHint[];
  readonly flaky?: readonly string[];
  readonly tries?: readonly unknown[];
  readonly patches?: readonly string[];
  readonly takenBack?: readonly string[];
  /** The run of tests before the first try. */
  readonly before?: TestRun;
}

async function told(
  cli: Cli,
  fix: Command,
  { end, why, exit, run, hints, flaky = [], tries = [], patches = [], takenBack = [], before }: Told,
): Promise<Outcome> {
  const globals = globalsOf(cli, fix);
  const colour = colourOf(cli, globals);
  const lines = [
    await testSummary({ ...run, failures: run.passed ? [] : run.failures }, hints, colour),
    ...(flaky.length === 0 ? [] : [plainText(`Flaky, as they passed when run again alone: ${flaky.join(', ')}`)]),
    ...(takenBack.length === 0
      ? []
      : [`Taken back and kept to look at: ${takenBack.map((id) => `capstan patch show ${id}`).join(', ')}`]),
    ...(patches.length === 0
      ? []
      : [
          `Patches: ${patches.join(', ')}. ${commandHere(cli, rootOf(cli, globals), 'capstan patch rollback')} takes the last back.`,
        ]),
    exit === 0 ? colour.green(why) : colour.red(plainText(why)),
  ];
  const payload = {
    end,
    why,
    tests: await testRunPayload(run, hints),
    ...(before ? { failedBefore: before.failures.map(({ name }) => name) } : {}),
    flaky,
    tries,
    patches,
    takenBack,
  };
  const { streamJson, quiet } = fix.opts<RunFlags>();
  const text = streamJson ? undefined : quiet ? plainText(why) : `\n${lines.join('\n\n')}`;
  return { payload, ...(text === undefined ? {} : { text }), exit, meta: { root: rootOf(cli, globals) } };
}

interface OnlyFlaky {
  readonly desk: TestDesk;
  readonly targets: readonly TestTarget[];
  readonly flaky: readonly string[];
}

/** Every failure passed when it was run again: only a whole run that passes says that all do. */
async function onlyFlaky(cli: Cli, fix: Command, { desk, targets, flaky }: OnlyFlaky): Promise<Outcome> {
  const again = await desk.run(targets);
  const hints = await testHints(desk.index, again.failures);
  const why = again.passed
    ? 'What failed passed when it was run again: flaky tests, nothing was mended.'
    : 'Tests fail now and then, and pass alone: flaky tests, nothing was mended. Look at what they share.';
  return told(cli, fix, { end: 'flaky', why, exit: again.passed ? 0 : 1, run: again, hints, flaky });
}

interface Dry {
  readonly run: TestRun;
  readonly hints: readonly FailureHint[];
  readonly flaky: readonly string[];
  readonly allowTests: boolean;
}

async function dry(cli: Cli, fix: Command, { run, hints, flaky, allowTests }: Dry): Promise<Outcome> {
  const task = failureTask({ command: run.commands.join(' && '), hints, tail: run.tail, allowTests });
  const planned = await planRun(cli, fix, { mode: 'auto-edit', task });
  const summary = await testSummary(run, hints, colourOf(cli, globalsOf(cli, fix)));
  const payload = { ...(planned.payload as object), tests: await testRunPayload(run, hints), flaky };
  return { ...planned, payload, text: `\n${summary}\n\nWould ask:\n\n${planned.text ?? ''}`, exit: 1 };
}
