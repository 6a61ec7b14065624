import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { TestsOfChange } from '@capstan/code';
import { CapstanError } from '@capstan/sdk/contract';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { rootOf } from '../project/open-project.ts';
import { plural } from '../render/amounts.ts';
import { plainText } from '../render/plain-text.ts';
import { sandboxOptions, type SandboxFlags } from '../run/sandbox-options.ts';
import { openTestDesk, type TestDesk } from '../run/tests/test-desk.ts';
import { testHints } from '../run/tests/test-hints.ts';
import { testRunPayload, testSummary } from '../run/tests/test-summary.ts';
import { targetWords, type TestTarget } from '../run/tests/test-target.ts';
import { relatedTargets } from '../run/tests/related-targets.ts';
import { watchTests } from '../run/tests/watch-tests.ts';

const help = `
Examples:
  capstan test                           all tests, with a hint for each failure
  capstan test --related                 only those of the files that changed
  capstan test --related --base main
  capstan test packages/web/src/cart.test.ts
  capstan test src/cart.ts               the tests that cover a file
  capstan test --watch                   at each change the tests of what changed
  capstan test --dry-run                 what would be run

How tests are run is found by "capstan stack". Keys and passwords of the environment are not handed on to them.`;

interface Flags extends SandboxFlags {
  readonly related?: boolean;
  readonly base?: string;
  readonly watch?: boolean;
  readonly dryRun?: boolean;
}

/** `capstan test`: runs the repository's tests and makes hints of what fails. */
export function command(cli: Cli): Command {
  const test = withGlobals(new Command('test'))
    .description('Run the tests, all or those of what changed, with a hint for each failure')
    .argument('[paths...]', 'tests, or files whose tests are to run')
    .option('--related', 'only the tests of the files that differ from --base')
    .option('--base <commit>', 'what --related compares with', 'HEAD')
    .option('--watch', 'stay, and run the tests of what changes; Ctrl-C ends it')
    .option(
      '--sandbox <level>',
      'confine the tests: none, workspace-write or read-only; fails where that cannot be had',
    )
    .option('--network', 'with --sandbox: let the tests reach the network')
    .option('--dry-run', 'say what would be run')
    .addHelpText('after', help);
  return test.action(async (paths: string[], flags: Flags) => {
    const globals = globalsOf(cli, test);
    if (flags.related && paths.length > 0)
      throw new CapstanError('invalid_config', '--related and paths exclude one another. Give one of them.', {
        where: '--related',
      });
    if (flags.watch && globals.json)
      throw new CapstanError('invalid_config', '--watch has no end to print an envelope at. Leave --json out.', {
        where: '--watch',
      });
    const root = rootOf(cli, globals);
    const sandbox = sandboxOptions(flags);
    const show = globals.json ? undefined : (chunk: Buffer): void => void cli.io.out(chunk);
    await using desk = await openTestDesk(cli, { root, sandbox, show });
    const colour = colourOf(cli, globals);
    const wanted = choose(cli, desk, { paths, flags });
    if (flags.dryRun) return cli.finish('test', dry(wanted));
    if (flags.watch) return cli.finish('test', await watchTests(desk, { cli, colour, first: wanted.targets }));
    if (wanted.targets.length === 0) return cli.finish('test', nothing(wanted));
    const run = await desk.run(wanted.targets);
    const hints = await testHints(desk.index, run.failures);
    cli.finish('test', {
      payload: { ...(await testRunPayload(run, hints)), ...related(wanted) },
      text: `\n${await testSummary(run, hints, colour)}`,
      exit: run.passed ? 0 : 1,
      meta: { root: desk.root },
    });
  });
}

interface Wanted {
  readonly targets: readonly TestTarget[];
  readonly change?: TestsOfChange;
  /** Why there is nothing to run, or all is run. */
  readonly why?: string;
}

function choose(cli: Cli, desk: TestDesk, { paths, flags }: { paths: readonly string[]; flags: Flags }): Wanted {
  if (flags.related) return relatedTargets(desk, flags.base ?? 'HEAD');
  if (paths.length === 0) return { targets: desk.all() };
  const files = paths.flatMap((path) => testsAt(cli, desk, path));
  const targets = desk.of([...new Set(files)]);
  if (targets.length > 0) return { targets };
  throw new CapstanError(
    'not_found',
    `No tests were found for ${paths.join(', ')}. "capstan test --dry-run" shows how all are run.`,
    {
      where: paths[0] ?? '',
    },
  );
}

/** A test is itself; of a source its tests; of a folder all tests in it. */
function testsAt(cli: Cli, { root, index, related: of }: TestDesk, path: string): string[] {
  const place = relative(root, resolve(cli.io.cwd, path)).replaceAll('\\', '/');
  if (index.file(place)) return of(place);
  const inside = index.files().filter((one) => place === '' || one.path.startsWith(`${place}/`));
  if (inside.length === 0)
    throw new CapstanError('not_found', `There is no ${path} here. Give a file or folder of the repository.`, {
      where: path,
    });
  return inside
    .filter(({ kind }) => kind === 'test')
    .flatMap((one) => of(one.path).filter((test) => test === one.path));
}

function related({ change, why }: Wanted): object {
  if (!change) return {};
  const { tests, uncovered, all } = change;
  return {
    related: { tests, uncovered, ...(all === undefined ? {} : { all }), ...(why === undefined ? {} : { why }) },
  };
}

function dry(wanted: Wanted): Outcome {
  const commands = wanted.targets.map(targetWords);
  const reasons = (wanted.change?.tests ?? []).map(
    ({ path, confidence, reasons: all }) =>
      `  ${path}  ${Math.round(confidence * 100)} %: ${all.map(({ says }) => says).join('; ')}`,
  );
  const head =
    commands.length === 0 ? (wanted.why ?? 'Nothing would be run.') : `Would run: ${commands.join('\n           ')}`;
  return { payload: { commands, ...related(wanted), dryRun: true }, text: plainText([head, ...reasons].join('\n')) };
}

function nothing(wanted: Wanted): Outcome {
  const uncovered = wanted.change?.uncovered ?? [];
  const rest =
    uncovered.length === 0
      ? ''
      : ` ${plural(uncovered.length, 'changed file')} without a test: ${uncovered.slice(0, 10).join(', ')}.`;
  return {
    payload: { passed: true, commands: [], failures: [], suspects: [], durationMs: 0, output: '', ...related(wanted) },
    text: plainText(`${wanted.why ?? 'No test covers what changed.'}${rest}`),
  };
}
