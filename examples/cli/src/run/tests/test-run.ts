import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { StackPackage, TestFailure } from '@capstan/code';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import type { SandboxOptions } from '@capstan/tools';
import { plainText } from '../../render/plain-text.ts';
import { splitOutput } from './split-output.ts';
import { targetWords, type CommandTarget, type RunnerTarget, type TestTarget } from './test-target.ts';

/** How many tests there were; absent where the output does not say. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What running tests came to. */
export interface TestRun {
  readonly passed: boolean;
  /** What was run, in words. */
  readonly commands: readonly string[];
  readonly counts?: TestCounts;
  readonly failures: readonly TestFailure[];
  readonly durationMs: number;
  /** The end of what was printed, as plain text. */
  readonly tail: string;
}

export interface RunTargetOptions {
  /** Absolute. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sandbox?: SandboxOptions | undefined;
  readonly signal: AbortSignal;
  readonly onOutput: (chunk: Buffer) => void;
  /** Said where a runner is not there: how its packages are installed. */
  readonly install?: string | undefined;
  /** Packages of the repository, to tell the output of one from another. */
  readonly packages?: readonly Pick<StackPackage, 'name' | 'path'>[];
}

const maxOutput = 4_000_000;
const maxTail = 6_000;

/** Runs targets one after another, and puts what they came to together. @throws {CapstanError} `aborted`, `not_found`. */
export async function runTargets(targets: readonly TestTarget[], options: RunTargetOptions): Promise<TestRun> {
  const runs: TestRun[] = [];
  for (const target of targets) {
    const run = await (target.kind === 'runner' ? runRunner(target, options) : runCommand(target, options));
    runs.push(run);
  }
  const counted = runs.every(({ counts }) => counts !== undefined);
  return {
    passed: runs.every(({ passed }) => passed),
    commands: runs.flatMap(({ commands }) => commands),
    ...(counted ? { counts: sumOf(runs) } : {}),
    failures: runs.flatMap(({ failures }) => failures),
    durationMs: runs.reduce((sum, { durationMs }) => sum + durationMs, 0),
    tail: runs
      .map(({ tail }) => tail)
      .join('\n')
      .slice(-maxTail),
  };
}

function sumOf(runs: readonly TestRun[]): TestCounts {
  const sum = (of: keyof TestCounts): number => runs.reduce((all, { counts }) => all + (counts?.[of] ?? 0), 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

async function runRunner(target: RunnerTarget, options: RunTargetOptions): Promise<TestRun> {
  const [{ runTests }, { reportFailures }] = await Promise.all([import('@capstan/tools'), import('@capstan/code')]);
  const { root, env, sandbox, signal } = options;
  const kept = keeping(options);
  const { runner, files, name } = target;
  const selection = { folder: join(root, target.folder), runner, files, ...(name === undefined ? {} : { name }) };
  const report = await runTests(root, selection, {
    env,
    signal,
    onOutput: kept.push,
    ...(sandbox ? { sandbox } : {}),
  }).catch((cause: unknown) => {
    throw withInstall(cause, options);
  });
  const place = { root, cwd: target.folder };
  const failures = reportFailures({ ...report, output: kept.text() }, place);
  const count = (status: string): number => report.tests.filter((one) => one.status === status).length;
  return {
    passed: report.passed,
    commands: [targetWords(target)],
    counts: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
    failures: report.passed ? [] : orWhole(failures, target, kept.text()),
    durationMs: report.durationMs,
    tail: tailOf(kept.text()),
  };
}

async function runCommand(target: CommandTarget, options: RunTargetOptions): Promise<TestRun> {
  const [{ runSandboxed }, { parseFailures }] = await Promise.all([import('@capstan/tools'), import('@capstan/code')]);
  const { root, env, sandbox = { level: 'none' }, signal } = options;
  const kept = keeping(options);
  const began = performance.now();
  const { argv, folder } = target;
  const ended = await runSandboxed({
    root,
    argv,
    cwd: join(root, folder),
    env,
    sandbox,
    limits: { processes: 4_096, timeoutMs: 1_800_000 },
    onOutput: kept.push,
    signal,
  });
  if (ended.reason === 'aborted' || signal.aborted) throw new CapstanError('aborted', 'The tests were stopped.');
  const passed = ended.exitCode === 0;
  const parts = passed ? [] : splitOutput(stripVTControlCharacters(kept.text()), options.packages ?? [], folder);
  const failures = parts.flatMap((part) => parseFailures(part.text, { root, cwd: part.folder }));
  return {
    passed,
    commands: [targetWords(target)],
    failures: passed ? [] : orWhole(failures, target, kept.text()),
    durationMs: performance.now() - began,
    tail: tailOf(kept.text()),
  };
}

/** Where nothing could be read out of the output, the command itself is what failed. */
function orWhole(failures: readonly TestFailure[], target: TestTarget, text: string): readonly TestFailure[] {
  if (failures.length > 0) return failures;
  return [
    {
      source: 'command',
      name: targetWords(target),
      message: tailOf(text).slice(-2_000) || 'It failed and said nothing.',
      frames: [],
    },
  ];
}

function withInstall(cause: unknown, { install }: RunTargetOptions): unknown {
  if (!isCapstanError(cause) || cause.code !== 'not_found' || install === undefined) return cause;
  return new CapstanError(
    'not_found',
    `${cause.message} To install what the repository needs: ${install}`,
    cause.details,
    { cause },
  );
}

function keeping({ onOutput }: RunTargetOptions) {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk: Buffer): void {
      onOutput(chunk);
      chunks.push(chunk);
      size += chunk.length;
      while (size > maxOutput && chunks.length > 1) size -= chunks.shift()?.length ?? 0;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

function tailOf(text: string): string {
  return plainText(text).trim().slice(-maxTail);
}
