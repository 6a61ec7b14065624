/** What said that something failed. */
export type FailureSource =
  | 'vitest'
  | 'jest'
  | 'node'
  | 'mocha'
  | 'tap'
  | 'pytest'
  | 'unittest'
  | 'go'
  | 'tsc'
  | 'eslint'
  | 'compiler'
  | 'command';

/** A call on the way to a failure, inside the repository. */
export interface Frame {
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly name?: string;
}

/** One thing that failed: a test, a file of tests that does not load, or a finding of a compiler or linter. */
export interface TestFailure {
  readonly source: FailureSource;
  /** The names of the suites and of the test, joined by ` > `; the file for what is no test. */
  readonly name: string;
  /** Relative to the root; absent where the runner does not say it. */
  readonly file?: string;
  /** Where it failed, in `file`. From 1. */
  readonly line?: number;
  readonly message: string;
  /** As the runner prints them. */
  readonly expected?: string;
  readonly received?: string;
  /** The innermost first; only what lies in the repository. */
  readonly frames: readonly Frame[];
}

/** How output is read. */
export interface FailureOptions {
  /** Absolute. */
  readonly root: string;
  /** The folder that the runner ran in, relative to the root. Default: the root. */
  readonly cwd?: string;
}

/** Tells one failure from another across runs: lines and values may change, the test stays. */
export function failureKey({ file, name }: Pick<TestFailure, 'file' | 'name'>): string {
  return `${file ?? ''}\0${name}`;
}
