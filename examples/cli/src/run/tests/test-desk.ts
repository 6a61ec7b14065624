import { isAbsolute, relative } from 'node:path';
import type { CodeIndex, Coverage, Stack, TestsOfChange } from '@capstan/code';
import type { SandboxOptions } from '@capstan/tools';
import type { Cli } from '../../frame/cli.ts';
import { openCodeIndex } from '../../project/open-code-index.ts';
import { runTargets, type TestRun } from './test-run.ts';
import { allTargets, fileTargets, type TargetOptions, type TestTarget } from './test-target.ts';

/** What the commands that run tests work with. */
export interface TestDesk extends AsyncDisposable {
  readonly root: string;
  readonly index: CodeIndex;
  readonly stack: Stack;
  /** Aborted at the first interrupt. */
  readonly signal: AbortSignal;
  /** Everything that the repository tests. @throws {CapstanError} `not_found`. */
  all(): readonly TestTarget[];
  /** Some files alone; those that no runner is known for are left out. */
  of(files: readonly string[]): TestTarget[];
  /** The tests of a file, the surest first; of a test itself. */
  related(path: string): string[];
  /** The tests that a change of files may break. */
  change(files: readonly string[]): TestsOfChange;
  /** @param options `quiet` keeps the output from being shown. */
  run(targets: readonly TestTarget[], options?: { readonly quiet?: boolean }): Promise<TestRun>;
}

export interface TestDeskOptions {
  readonly root: string;
  /** The user's own command instead of what is found. */
  readonly command?: readonly string[] | undefined;
  readonly sandbox?: SandboxOptions | undefined;
  /** Where the runner's own output goes; nowhere by default. */
  readonly show?: ((chunk: Buffer) => void) | undefined;
}

/** Opens what is needed to run tests: the stack, the index, and a way to stop. */
export async function openTestDesk(
  cli: Cli,
  { root, command, sandbox, show = () => {} }: TestDeskOptions,
): Promise<TestDesk> {
  const [{ detectStack, findCoverage, testsOf, testsOfChange }, { detectTestRunners }] = await Promise.all([
    import('@capstan/code'),
    import('@capstan/tools'),
  ]);
  const stopped = new AbortController();
  const release = cli.io.onInterrupt(() => stopped.abort());
  const stack = await detectStack(root, { signal: stopped.signal });
  const index = await openCodeIndex(root);
  const sources: TargetOptions = { stack, runnersIn: (folder) => detectTestRunners(folder, stack.root) };
  const [program, ...words] = command ?? [];
  let known: Coverage | undefined;
  const coverage = (): Coverage =>
    (known ??= findCoverage(
      index,
      stack.packages.map(({ path }) => path),
    ));
  const install = stack.packages[0]?.commands.find(({ purpose }) => purpose === 'install')?.command;
  return {
    root: stack.root,
    index,
    stack,
    signal: stopped.signal,
    all: () =>
      program === undefined
        ? allTargets(sources)
        : [{ kind: 'command', argv: [program, ...words], folder: here(cli, stack.root) }],
    of: (files) => (program === undefined ? fileTargets(files, sources) : []),
    related: (path) => testsOf(index, path, { coverage: coverage() }).map((one) => one.path),
    change: (files) => testsOfChange(index, files, { coverage: coverage() }),
    run: (targets, { quiet = false } = {}) =>
      runTargets(targets, {
        root: stack.root,
        env: cli.io.env,
        sandbox,
        signal: stopped.signal,
        onOutput: quiet ? () => {} : show,
        install,
        packages: stack.packages,
      }),
    async [Symbol.asyncDispose]() {
      release();
      await index.close();
    },
  };
}

/** The user's own command runs where it was typed, as far as that lies in the repository. */
function here(cli: Cli, root: string): string {
  const way = relative(root, cli.io.cwd);
  return way === '' || way.startsWith('..') || isAbsolute(way) ? '.' : way;
}
