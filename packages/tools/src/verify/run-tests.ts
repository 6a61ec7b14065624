import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { goRunner } from './go-runner.ts';
import { jestRunner } from './jest-runner.ts';
import { nodeRunner } from './node-runner.ts';
import { projectProgram, readProject, type Project } from './project.ts';
import { pytestRunner } from './pytest-runner.ts';
import { runConfined, verifyEnvironment, type VerifyOptions } from './run-confined.ts';
import { parseReport, type TestReport, type TestRunnerName } from './test-report.ts';
import { reportName, type TestPlan, type TestRequest, type TestRunner } from './test-runner.ts';
import { vitestRunner } from './vitest-runner.ts';

/** Which tests to run, and where. */
export interface TestSelection {
  /** Absolute folder of the project. */
  readonly folder: string;
  /** Relative to the folder; none means all. */
  readonly files?: readonly string[];
  /** Only tests whose name contains this. */
  readonly name?: string;
  /** Default: the one that the project uses. */
  readonly runner?: TestRunnerName;
}

export interface RunTestsOptions extends VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onOutput?: (chunk: Buffer) => void;
}

const runners: readonly TestRunner[] = [vitestRunner, jestRunner, nodeRunner, pytestRunner, goRunner];

/** Names the test runners that a project uses, the likeliest first. */
export function detectTestRunners(folder: string, root = folder): TestRunnerName[] {
  const project = readProject(folder, root);
  return runners.filter((runner) => runner.detect(project)).map(({ name }) => name);
}

/**
 * Runs the tests of a project in a work tree and gives the results as data, from the runner's own report.
 *
 * @param root Absolute root of the work tree.
 * @throws {CapstanError} `not_found` if no runner is known or installed; `aborted`; `tool_failed` when a limit stopped it
 *   before it told anything.
 */
export async function runTests(
  root: string,
  selection: TestSelection,
  options: RunTestsOptions = {},
): Promise<TestReport> {
  const project = readProject(selection.folder, root);
  const runner = chooseRunner(project, selection);
  const reports = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-tests-')));
  try {
    const plan = runner.plan(requestOf(project, selection, reports));
    if (plan.reporter) writeFileSync(join(reports, plan.reporter.name), plan.reporter.text);
    const began = performance.now();
    const program = projectProgram(project, plan.program, options.env ?? process.env);
    const result = await runConfined(
      root,
      { argv: [program, ...plan.words], cwd: selection.folder, ...withEnv(plan), writable: [reports] },
      options,
    );
    const durationMs = performance.now() - began;
    if (result.reason === 'aborted') throw new CapstanError('aborted', 'The tests were stopped.');
    const found = plan.parse
      ? plan.parse(result)
      : parseReport(readQuietly(join(reports, reportName)), selection.folder);
    const output = (result.stdout + result.stderr).slice(-8_000);
    const errors =
      result.reason === 'exited'
        ? found.errors
        : [...found.errors, { message: `The run was stopped: ${result.reason}.` }];
    const failed = errors.length > 0 || found.tests.some(({ status }) => status === 'failed');
    return {
      runner: runner.name,
      passed: result.exitCode === 0 && !failed,
      tests: found.tests,
      errors,
      durationMs,
      output,
    };
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

/** Gives the command that `runTests` would run, without the words that concern only the report. */
export function testCommand(root: string, selection: TestSelection): string[] {
  const project = readProject(selection.folder, root);
  const { program, shown } = chooseRunner(project, selection).plan(requestOf(project, selection, '/tmp'));
  return [program, ...shown];
}

function chooseRunner(project: Project, { runner: wanted, files = [] }: TestSelection): TestRunner {
  const named = runners.find(({ name }) => name === wanted);
  if (named) return named;
  const used = runners.filter((runner) => runner.detect(project));
  const fitting = used.find((runner) => files.every((file) => runner.files.test(file)));
  if (fitting) return fitting;
  const known = runners.map(({ name }) => name).join(', ');
  throw new CapstanError(
    'not_found',
    `No test runner was recognised in ${project.folder}. Name one with runner (${known}), another folder with cwd, or run the tests with shell.`,
    { where: project.folder },
  );
}

function requestOf(project: Project, { files = [], name }: TestSelection, reports: string): TestRequest {
  // A name that looks like an option is still a file.
  const safe = files.map((file) => (file.startsWith('-') ? `./${file}` : file));
  return { project, files: safe, reports, ...(name === undefined ? {} : { name }) };
}

function withEnv({ env = {} }: TestPlan) {
  return { env: (options: VerifyOptions) => ({ ...verifyEnvironment(options), ...env }) };
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
