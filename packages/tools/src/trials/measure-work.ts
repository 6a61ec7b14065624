import { CapstanError } from '@capstan/sdk/contract';
import { shellLine } from '../shell/shell-line.ts';
import { detectChecks, runChecks } from '../verify/run-checks.ts';
import { runConfined, verifyEnvironment } from '../verify/run-confined.ts';
import type { VerifyOptions } from '../verify/run-confined.ts';
import { detectTestRunners, runTests } from '../verify/run-tests.ts';

/** What trying a candidate's work gives: the measures that experiments of `@capstan/sdk` judge by. */
export interface WorkMeasures {
  readonly tests?: {
    readonly passed: boolean;
    readonly total?: number;
    readonly failed?: number;
    readonly output?: string;
  };
  readonly typeErrors?: number;
}

export interface MeasureOptions {
  /** Absolute folder of the work. */
  readonly root: string;
  /** Command line of the tests. Default: the runner that the project uses. `false`: none are run. */
  readonly tests?: string | false;
  readonly verify: VerifyOptions & { readonly signal: AbortSignal };
}

const maxOutputChars = 4000;

/** Runs tests and type check of a project, where it has them. */
export async function measureWork({ root, tests, verify }: MeasureOptions): Promise<WorkMeasures> {
  const tested = await testsOf(root, tests, verify);
  const typeErrors = await typeErrorsOf(root, verify);
  return { ...(tested ? { tests: tested } : {}), ...(typeErrors === undefined ? {} : { typeErrors }) };
}

async function testsOf(
  root: string,
  tests: string | false | undefined,
  verify: MeasureOptions['verify'],
): Promise<WorkMeasures['tests']> {
  if (tests === false) return undefined;
  if (tests !== undefined) {
    const end = await runLine(root, tests, verify);
    return { passed: end.passed, ...(end.passed ? {} : { output: end.output }) };
  }
  if (detectTestRunners(root).length === 0) return undefined;
  const report = await runTests(root, { folder: root }, verify);
  const failed = report.tests.filter(({ status }) => status === 'failed').length;
  const { passed, output } = report;
  return { passed, total: report.tests.length, failed, ...(passed ? {} : { output: output.slice(-maxOutputChars) }) };
}

async function typeErrorsOf(root: string, verify: MeasureOptions['verify']): Promise<number | undefined> {
  if (!detectChecks(root).includes('tsc')) return undefined;
  const [report] = await runChecks(root, { folder: root, checks: ['tsc'] }, verify);
  if (!report || report.failure !== undefined) return undefined;
  return report.diagnostics.filter(({ severity }) => severity === 'error').length;
}

/** Runs a command line of the user's in a tree. @throws {CapstanError} `aborted`. */
export async function runLine(
  root: string,
  command: string,
  verify: MeasureOptions['verify'],
): Promise<{ readonly passed: boolean; readonly output: string }> {
  const end = await runConfined(root, { argv: shellLine(command), cwd: root, env: verifyEnvironment }, verify);
  if (end.reason === 'aborted') throw new CapstanError('aborted', `${command} was stopped.`);
  const output = (end.stdout + end.stderr).trimEnd().slice(-maxOutputChars);
  return { passed: end.reason === 'exited' && end.exitCode === 0, output };
}
