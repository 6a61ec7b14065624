import type { Cli } from '../../frame/cli.ts';
import type { Outcome } from '../../frame/envelope.ts';
import { isCapstanError } from '@capstan/sdk/contract';
import type { Colour } from '../../render/colour.ts';
import { plural } from '../../render/amounts.ts';
import { plainText } from '../../render/plain-text.ts';
import { watchTree } from '../watch/tree-changes.ts';
import { targetsOfFiles } from './related-targets.ts';
import type { TestDesk } from './test-desk.ts';
import { testHints } from './test-hints.ts';
import { testSummary } from './test-summary.ts';
import type { TestRun } from './test-run.ts';
import type { TestTarget } from './test-target.ts';

export interface WatchTestsOptions {
  readonly cli: Cli;
  readonly colour: Colour;
  /** Run at the start. */
  readonly first: readonly TestTarget[];
}

/** Runs tests, then those of what changes, and again those that failed, until Ctrl-C. */
export async function watchTests(desk: TestDesk, { cli, colour, first }: WatchTestsOptions): Promise<Outcome> {
  const { signal, index } = desk;
  const bell = { ring: () => {} };
  const seen = { changed: false, runs: 0, passed: true };
  await watchTree(desk.root, {
    signal,
    settled: () => {
      seen.changed = true;
      bell.ring();
    },
  });
  signal.addEventListener('abort', () => bell.ring());
  let failing = await once(desk, first, { cli, colour });
  for (;;) {
    seen.runs += 1;
    seen.passed = failing.length === 0;
    if (signal.aborted) break;
    await cli.io.out(`${colour.dim('Waiting for a change. Ctrl-C ends it.')}\n`);
    while (!signal.aborted && !seen.changed) await new Promise<void>((wake) => (bell.ring = wake));
    if (signal.aborted) break;
    seen.changed = false;
    const { added = [], changed = [], removed = [] } = await index.refresh();
    const files = [...added, ...changed, ...removed];
    if (files.length === 0) continue;
    const { targets, why } = targetsOfFiles(desk, files);
    await cli.io.out(
      `\n${colour.bold(plainText(`${plural(files.length, 'file')} changed: ${files.slice(0, 5).join(', ')}`))}${why === undefined ? '' : `  ${plainText(why)}`}\n`,
    );
    const again = desk.of(failing.filter((file) => index.file(file)));
    const wanted = distinct([...targets, ...again]);
    if (wanted.length === 0) await cli.io.out('No test covers it.\n');
    else failing = await once(desk, wanted, { cli, colour });
  }
  return { payload: { runs: seen.runs, passed: seen.passed }, exit: 0 };
}

function distinct(targets: readonly TestTarget[]): TestTarget[] {
  const whole = targets.filter((one) => one.kind === 'command' || one.files.length === 0);
  if (whole.length > 0) return whole;
  const groups = new Map<string, TestTarget>();
  for (const one of targets) {
    if (one.kind !== 'runner') continue;
    const key = `${one.folder} ${one.runner}`;
    const known = groups.get(key);
    groups.set(key, known?.kind === 'runner' ? { ...known, files: [...new Set([...known.files, ...one.files])] } : one);
  }
  return [...groups.values()];
}

/** Runs tests once and shows what came of it. @returns The files that hold failures. */
async function once(
  desk: TestDesk,
  targets: readonly TestTarget[],
  { cli, colour }: Omit<WatchTestsOptions, 'first'>,
): Promise<string[]> {
  if (targets.length === 0) return [];
  let run: TestRun;
  try {
    run = await desk.run(targets);
  } catch (cause) {
    if (isCapstanError(cause) && (cause.code === 'aborted' || desk.signal.aborted)) return [];
    if (!isCapstanError(cause)) throw cause;
    await cli.io.out(`${colour.red(plainText(cause.message))}\n`);
    return [];
  }
  const hints = await testHints(desk.index, run.failures);
  await cli.io.out(`\n${await testSummary(run, hints, colour)}\n`);
  return [...new Set(run.failures.flatMap(({ file }) => file ?? []))];
}
