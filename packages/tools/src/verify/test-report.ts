import { isAbsolute, relative } from 'node:path';

/** The test runners that are known. */
export type TestRunnerName = 'vitest' | 'jest' | 'node' | 'pytest' | 'go';

/** One test and what became of it. */
export interface TestCase {
  /** Names of the enclosing suites, outermost first. */
  readonly suite: readonly string[];
  readonly test: string;
  /** Relative to the folder of the run where it lies below it. */
  readonly file?: string;
  /** Where it failed; else where it is defined. From 1. */
  readonly line?: number;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly message?: string;
  /** As the runner prints the values, where it tells them. */
  readonly expected?: string;
  readonly actual?: string;
  readonly durationMs?: number;
}

/** A failure that belongs to no test: a file that does not load, a teardown, the runner itself. */
export interface TestError {
  readonly file?: string;
  readonly line?: number;
  readonly message: string;
}

/** What a run of tests came to. */
export interface TestReport {
  readonly runner: TestRunnerName;
  /** Everything ran and nothing failed. */
  readonly passed: boolean;
  readonly tests: readonly TestCase[];
  readonly errors: readonly TestError[];
  readonly durationMs: number;
  /** The last of what the runner printed; for when the tests themselves say too little. */
  readonly output: string;
}

/**
 * Reads a report of one JSON object a line: tests as `TestCase`, errors as `{ error, file?, line? }`. A torn last line is
 * left out, so that a run that was stopped still tells what it had found.
 */
export function parseReport(text: string, cwd: string): { tests: TestCase[]; errors: TestError[] } {
  const tests: TestCase[] = [];
  const errors: TestError[] = [];
  for (const line of text.split('\n')) {
    const entry = parseLine(line);
    if (!entry) continue;
    const place = {
      ...(typeof entry.file === 'string' ? { file: shorten(entry.file, cwd) } : {}),
      ...(typeof entry.line === 'number' ? { line: entry.line } : {}),
    };
    if (typeof entry.error === 'string') errors.push({ ...place, message: entry.error });
    else tests.push({ ...toCase(entry), ...place });
  }
  return { tests, errors };
}

/** Makes a path relative to a folder it lies in. */
export function shorten(path: string, cwd: string): string {
  const plain = path.startsWith('file://') ? decodeURIComponent(path.slice(7)) : path;
  const way = isAbsolute(plain) ? relative(cwd, plain) : plain;
  return way.startsWith('..') ? plain : way;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function toCase(entry: Record<string, unknown>): TestCase {
  const status = entry.status === 'failed' || entry.status === 'skipped' ? entry.status : 'passed';
  return {
    suite: Array.isArray(entry.suite) ? entry.suite.map(String) : [],
    test: String(entry.test ?? ''),
    status,
    ...(typeof entry.message === 'string' ? { message: entry.message } : {}),
    ...(typeof entry.expected === 'string' ? { expected: entry.expected } : {}),
    ...(typeof entry.actual === 'string' ? { actual: entry.actual } : {}),
    ...(typeof entry.durationMs === 'number' ? { durationMs: entry.durationMs } : {}),
  };
}
