import { Command } from 'commander';
import { CapstanError, type Model } from '@capstan/sdk/contract';
import { interruptCode, type ExitCode } from '../frame/exit-code.ts';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openCodeIndex } from '../project/open-code-index.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { pickModel } from '../project/pick-model.ts';
import { dollars, duration, plural } from '../render/amounts.ts';
import { plainText } from '../render/plain-text.ts';
import { allRecipes } from '../run/follow-recipe.ts';
import { runSettings, withAgentOptions, type RunFlags } from '../run/run-settings.ts';
import { batchLines, batchSource } from '../run/watch/change-batch.ts';
import { keptBatches } from '../run/watch/kept-batches.ts';
import { clockTime, usualCostUsd, WatchLoop } from '../run/watch/watch-loop.ts';
import { watchSettings, type WatchFlags, type WatchSettings } from '../run/watch/watch-settings.ts';

const help = `
Examples:
  capstan watch                               tell what changes, in facts and in words
  capstan watch --facts                       without a model
  capstan watch --on-change fix-tests         do a recipe for each batch of changes
  capstan watch --on-change "keep the README true to the code" --budget-usd 1
  capstan watch --comments                    do what comments ask: // capstan: cache this   # why twice? AI?
  capstan watch --lines | jq .files[].path
  capstan watch --recent                      what it told the last times

What git ignores is left out. Ctrl-C ends it. Comments that come with a commit (pull, checkout) are never followed.`;

interface Flags extends WatchFlags, RunFlags {
  readonly recent?: string | true;
  readonly json?: boolean;
}

/** `capstan watch`: tells what changes while one works, and does what is to be done about it. */
export function command(cli: Cli): Command {
  const watch = withAgentOptions(new Command('watch'))
    .description('Tell what changes here while you work, and run something for each batch of changes')
    .option('--facts', 'files, lines and names alone, without a model')
    .option('--every <seconds>', 'shortest time between summaries in words (default: 30)')
    .option('--on-change <words>', 'do a recipe or a task for each batch of changes')
    .option('--comments', 'do what new comments ask: "capstan: do this", "do this AI!", "why? AI?"')
    .option('-y, --yes', 'approve what a run asks; what is denied stays denied')
    .option('--lines', 'print each batch as a line of JSON')
    .option('--count <n>', 'end after so many batches')
    .option('--recent [n]', 'print the last batches that were told, and end (default: 10)')
    .addHelpText(
      'after',
      `\n--budget-usd bounds all that is spent; without it words stop at ${dollars(usualCostUsd)}.\n${help}`,
    );
  return withGlobals(watch).action(async (flags: Flags) => {
    const globals = globalsOf(cli, watch);
    const root = rootOf(cli, globals);
    if (flags.recent !== undefined) return recent(cli, root, flags.recent === true ? '10' : flags.recent);
    runSettings(flags);
    const recipes = flags.onChange === undefined ? [] : await allRecipes(cli, root);
    const settings = watchSettings({ ...flags, json: globals.json === true }, recipes);
    await follow(cli, watch, { root, settings, flags });
  });
}

interface Following {
  readonly root: string;
  readonly settings: WatchSettings;
  readonly flags: Flags;
}

async function follow(cli: Cli, watch: Command, { root, settings, flags }: Following): Promise<void> {
  const started = cli.io.clock();
  const stopped = new AbortController();
  const seen: { exit: ExitCode } = { exit: 0 };
  const release = cli.io.onInterrupt((interrupt) => {
    // Ctrl-C is how it is ended.
    seen.exit = interrupt === 'SIGINT' ? 0 : interruptCode(interrupt);
    stopped.abort();
  });
  const worktree = await openTree(root);
  const index = await openCodeIndex(worktree.root);
  try {
    const { model, why } = settings.words ? await teller(cli, root, flags.model) : { model: undefined, why: '' };
    const source = await batchSource(worktree, index);
    const offline = flags.offline === true;
    const signal = stopped.signal;
    const loop = new WatchLoop({ cli, command: watch, root: worktree.root, source, settings, model, offline, signal });
    await loop.follow(async () => {
      if (settings.output !== 'envelope')
        await cli.io.err(`Watching ${plainText(worktree.root)}.${why} Ctrl-C ends it.\n`);
    });
    stopped.abort();
    const { batches, said, runs, costUsd } = loop;
    const files = new Set(batches.flatMap((batch) => batch.files.map(({ path }) => path))).size;
    const seconds = (cli.io.clock() - started) / 1000;
    const spent = costUsd > 0 ? `, ${dollars(costUsd)}` : '';
    const worked = runs.length > 0 ? `, ${plural(runs.length, 'run')}` : '';
    const text = `Watched for ${duration(seconds * 1000)}: ${plural(batches.length, 'change')} in ${plural(files, 'file')}${worked}${spent}.`;
    cli.finish('watch', {
      payload: { root: worktree.root, seconds, batches, said, runs, costUsd },
      ...(settings.output === 'text' ? { text } : {}),
      exit: seen.exit,
    });
  } finally {
    release();
    worktree.close();
    await index.close();
  }
}

/** The model that says in words what changed; the practice model has none. */
async function teller(cli: Cli, root: string, named?: string): Promise<{ model: Model | undefined; why: string }> {
  const { model } = await pickModel(cli, root, named);
  if (model.id === 'capstan/practice') return { model: undefined, why: '' };
  return { model, why: ` ${model.id} sums it up; --facts does without.` };
}

function recent(cli: Cli, root: string, wanted: string): void {
  const most = Number(wanted);
  if (!Number.isInteger(most) || most < 1)
    throw new CapstanError('invalid_config', `--recent needs a whole number above 0, not "${wanted}".`, {
      where: '--recent',
    });
  const batches = keptBatches(root, most);
  const lines = batches.map((batch) => {
    const told = batch.words === undefined ? batchLines(batch) : plainText(batch.words).split('\n');
    return `${new Date(batch.at).toLocaleDateString('sv-SE')} ${clockTime(batch.at)}  ${told.join('\n                     ')}`;
  });
  cli.finish('watch', {
    payload: { root, recent: batches },
    text: lines.length === 0 ? 'Nothing was told here yet.' : lines.join('\n'),
  });
}
