import { failureKey, type FailureHint, type TestFailure } from '@capstan/code';
import { isCapstanError, newId, type RunResult } from '@capstan/sdk/contract';
import { interruptCode, type ExitCode } from '../../frame/exit-code.ts';
import { failureTask } from '../failure-task.ts';
import type { OpenedRun } from '../open-run.ts';
import { startRun } from '../start-run.ts';
import { testHints } from '../tests/test-hints.ts';
import type { TestDesk } from '../tests/test-desk.ts';
import type { TestRun } from '../tests/test-run.ts';
import type { TestTarget } from '../tests/test-target.ts';
import { budgetLeft } from './fix-budget.ts';
import { keysOf, withoutFlaky } from './flaky-tests.ts';
import { knownFailures, type KnownFailures } from './known-failures.ts';
import { guardedFiles, scriptsOf, testGuard } from './test-guard.ts';

/** What a try came to, against what failed before it. */
export type TryVerdict = 'fixed' | 'better' | 'same' | 'worse' | 'nothing' | 'touched tests';

/** One try: what the agent did, and what the tests said of it. */
export interface FixTry {
  readonly number: number;
  readonly verdict: TryVerdict;
  /** The run's payload, as of `capstan run`. */
  readonly run: unknown;
  /** Names of what failed after it. */
  readonly failed: readonly string[];
  readonly rolledBack: boolean;
}

export interface FixOptions {
  readonly desk: TestDesk;
  readonly targets: readonly TestTarget[];
  readonly tries: number;
  readonly allowTests: boolean;
  /** Leaves what was mended although not all passes. */
  readonly keep: boolean;
  /** Told of each step, for people. */
  readonly say: (words: string) => Promise<void>;
}

/** Why fixing ended. */
export type FixEnd = 'fixed' | 'tries' | 'no progress' | 'budget' | 'approval' | 'stopped' | 'failed' | 'flaky';

export interface Fixed {
  readonly end: FixEnd;
  readonly exit: ExitCode;
  /** One sentence for people. */
  readonly why: string;
  readonly tries: readonly FixTry[];
  readonly flaky: readonly string[];
  /** The last run of tests, and hints for what failed in it. */
  readonly last: TestRun;
  readonly hints: readonly FailureHint[];
  /** Patches that stand, and those that were taken back and are kept to look at. */
  readonly patches: readonly string[];
  readonly takenBack: readonly string[];
}

interface Work {
  readonly tries: FixTry[];
  readonly runs: { readonly result: RunResult; readonly seconds: number }[];
  /** Runs whose changes stand, the oldest first. */
  readonly standing: RunResult[];
  readonly takenBack: string[];
  readonly flaky: Set<string>;
  failures: readonly TestFailure[];
  last: TestRun;
  hints: readonly FailureHint[];
  before: string | undefined;
  stalls: number;
}

/**
 * Lets an agent mend what fails: try, run what failed, then all. A try that makes it worse is taken back at once; without
 * success at the end all is taken back, and the patches are kept to look at.
 *
 * @param first What failed before the first try, without what is flaky.
 */
export async function fixLoop(
  opened: OpenedRun,
  first: {
    readonly run: TestRun;
    readonly failures: readonly TestFailure[];
    readonly flaky: readonly string[];
    readonly hints: readonly FailureHint[];
  },
  options: FixOptions,
): Promise<Fixed> {
  const work: Work = {
    tries: [],
    runs: [],
    standing: [],
    takenBack: [],
    flaky: new Set(first.flaky),
    failures: first.failures,
    last: first.run,
    hints: first.hints,
    before: undefined,
    stalls: 0,
  };
  let end: { end: FixEnd; exit: ExitCode; why: string };
  try {
    end = await tries(opened, work, options);
  } catch (cause) {
    await takeBack(opened, work);
    if (!isCapstanError(cause) || cause.code !== 'aborted') throw cause;
    end = { end: 'stopped', exit: 130, why: 'Stopped.' };
  }
  const stands = end.end === 'fixed' || end.end === 'flaky' || options.keep;
  if (!stands) await takeBack(opened, work);
  return {
    ...end,
    tries: work.tries,
    flaky: [...work.flaky],
    last: work.last,
    hints: work.hints,
    patches: work.standing.flatMap(({ patches }) => patches.map(({ id }) => id)),
    takenBack: work.takenBack,
  };
}

async function tries(
  opened: OpenedRun,
  work: Work,
  options: FixOptions,
): Promise<{ end: FixEnd; exit: ExitCode; why: string }> {
  const sessionId = newId();
  for (let number = 1; number <= options.tries; number += 1) {
    const budget = budgetLeft(opened.budget, work.runs);
    if (!budget) return { end: 'budget', exit: 4, why: 'The budget is spent.' };
    await options.say(
      `Try ${number} of ${options.tries}: ${work.failures.length === 1 ? '1 failure' : `${work.failures.length} failures`}`,
    );
    const scripts = scriptsOf(options.desk.root);
    const { report, outcome, seconds } = await send({ ...opened, budget }, { work, options, sessionId });
    const { result, ending } = report;
    work.runs.push({ result, seconds });
    if (result.patches.length > 0) work.standing.push(result);
    const verdict = await judge(opened, work, { options, result, scripts });
    work.tries.push({
      number,
      verdict,
      run: outcome.payload,
      failed: work.last.failures.map(({ name }) => name),
      rolledBack: verdict === 'worse' || verdict === 'touched tests',
    });
    await options.say(words[verdict]);
    if (work.failures.length === 0 && verdict === 'better')
      return { end: 'flaky', exit: 1, why: 'Only flaky tests fail now: they pass when they are run alone.' };
    if (verdict === 'fixed') return { end: 'fixed', exit: 0, why: 'All tests pass.' };
    if (result.reason !== 'done') return unfinished(result, ending.exit, ending.why);
    work.stalls = verdict === 'better' ? 0 : verdict === 'worse' ? work.stalls : work.stalls + 1;
    if (work.stalls >= 2)
      return { end: 'no progress', exit: 1, why: 'The same tests fail after two tries: no progress is made.' };
  }
  return { end: 'tries', exit: 1, why: `Not all tests pass after ${options.tries} tries.` };
}

const words: Readonly<Record<TryVerdict, string>> = {
  fixed: 'All tests pass.',
  better: 'Fewer tests fail than before.',
  same: 'The same tests fail as before.',
  worse: 'It made things worse and was taken back.',
  nothing: 'Nothing was changed.',
  'touched tests': 'It changed tests and was taken back.',
};

function unfinished(
  { reason, limit }: RunResult,
  exit: ExitCode,
  why = 'The run did not come to its end.',
): { end: FixEnd; exit: ExitCode; why: string } {
  if (reason === 'budget') return { end: 'budget', exit: 4, why: `The budget is spent: ${limit ?? 'a limit'}.` };
  if (reason === 'approval')
    return {
      end: 'approval',
      exit: 3,
      why: 'A call needs an approval that nobody is here to give. Allow more with --mode or --yes.',
    };
  if (reason === 'stopped') return { end: 'stopped', exit: exit === 0 ? interruptCode('SIGINT') : exit, why };
  return { end: 'failed', exit: exit === 0 ? 1 : exit, why };
}

interface Sending {
  readonly work: Work;
  readonly options: FixOptions;
  readonly sessionId: string;
}

async function send(opened: OpenedRun, { work, options, sessionId }: Sending) {
  const { allowTests } = options;
  const command = work.last.commands.join(' && ');
  const task = failureTask({ command, hints: work.hints, tail: work.last.tail, before: work.before, allowTests });
  const rules = [...(opened.plugins?.rules ?? []), ...(allowTests ? [] : testGuard)];
  const began = opened.cli.io.clock();
  const started = await startRun({
    ...opened,
    plugins: { hooks: opened.plugins?.hooks ?? [], rules },
    start: (agent, given) => agent.run(task, { sessionId, ...given }),
  });
  return { ...started, seconds: (opened.cli.io.clock() - began) / 1000 };
}

interface Judging {
  readonly options: FixOptions;
  readonly result: RunResult;
  /** Of package.json before the try. */
  readonly scripts: string;
}

/** Sees what a try did to the tests, and takes it back where it did harm. */
async function judge(opened: OpenedRun, work: Work, { options, result, scripts }: Judging): Promise<TryVerdict> {
  const { desk, allowTests } = options;
  if (result.patches.length === 0) {
    work.before = 'You changed nothing, so the same tests still fail.';
    return 'nothing';
  }
  const touched = allowTests ? [] : await guardedFiles(desk.root, result.patches);
  if (touched.length > 0 || (!allowTests && scriptsOf(desk.root) !== scripts)) {
    await takeBackLast(opened, work);
    const what = touched.length > 0 ? touched.slice(0, 5).join(', ') : 'the scripts of package.json';
    work.before = `Your change touched ${what}, which must stay as it is. It was taken back: the files are as before. Mend the code instead.`;
    return 'touched tests';
  }
  const before = knownFailures(work.failures);
  const { run, failures, fresh } = await testAgain(work, { options, result, before });
  if (fresh.length > 0) {
    await takeBackLast(opened, work);
    work.before = `Your change made it worse and was taken back; the files are as before. With it these failed too: ${names(fresh)}. Find another way.`;
    return 'worse';
  }
  const helped = !before.allIn(failures);
  work.last = run;
  work.failures = failures;
  work.hints = await testHints(desk.index, failures);
  if (failures.length === 0 && !run.passed) work.last = await desk.run(options.targets);
  if (failures.length === 0 && work.last.passed) return 'fixed';
  work.before = helped
    ? 'Your change helped, and stays. The rest still fails.'
    : 'Your change did not help: the same tests still fail.';
  return helped ? 'better' : 'same';
}

interface Again {
  readonly options: FixOptions;
  readonly result: RunResult;
  /** What failed before the try. */
  readonly before: KnownFailures;
}

/**
 * Runs what failed and what the change may break, and when that helped, all. New failures are run once more before they
 * are blamed.
 */
async function testAgain(work: Work, { options, result, before }: Again) {
  const { desk, targets, keep } = options;
  await desk.index.refresh();
  const changed = result.patches.flatMap(({ files }) => files.map(({ path }) => path));
  const failing = work.failures.flatMap(({ file }) => file ?? []);
  const groups = desk.of([...new Set([...failing, ...desk.change(changed).tests.map(({ path }) => path)])]);
  if (groups.length > 0 && failing.length === work.failures.length && !keep) {
    const related = await desk.run(groups);
    const counted = related.failures.filter((one) => !work.flaky.has(one.name));
    if (before.allIn(counted) && counted.every((one) => before.covers(one)))
      return { run: related, failures: counted, fresh: [] };
  }
  const run = await desk.run(targets);
  const counted = run.failures.filter((one) => !work.flaky.has(one.name));
  const news = counted.filter((one) => !before.covers(one));
  if (news.length === 0 || news.length > 20) return { run, failures: counted, fresh: news };
  const { failures: fresh, flaky } = await withoutFlaky(desk, { ...run, failures: news }, targets);
  for (const one of flaky) work.flaky.add(one.name);
  const gone = keysOf(flaky);
  return { run, failures: counted.filter((one) => !gone.has(failureKey(one))), fresh };
}

function names(failures: readonly TestFailure[]): string {
  return failures
    .slice(0, 10)
    .map(({ name, message }) => `${name} (${message.split('\n')[0] ?? ''})`)
    .join('; ');
}

async function takeBackLast(opened: OpenedRun, work: Work): Promise<void> {
  const last = work.standing.pop();
  if (!last) return;
  await opened.worktree.patches.rollbackRun(last.runId);
  work.takenBack.push(...last.patches.map(({ id }) => id));
}

async function takeBack(opened: OpenedRun, work: Work): Promise<void> {
  while (work.standing.length > 0) await takeBackLast(opened, work);
}
