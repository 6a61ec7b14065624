import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import type { PatchInfo, PatchOutcome, Worktree } from '@capstan/tools';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { ago } from '../render/ago.ts';
import { plural } from '../render/amounts.ts';
import { renderDiff } from '../render/diff.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { createCommand } from './patch-create.ts';

const rollbackHelp = `
Examples:
  capstan patch rollback              take back all that the last run changed, also when it was killed
  capstan patch rollback 01JB2…       take back one patch
  capstan patch rollback --run 01JA…  take back all that a run changed
  capstan patch rollback --dry-run    say what would be taken back`;

/** `capstan patch`: the changes that were made here, each kept so that it can be taken back. */
export function command(cli: Cli): Command {
  const patch = new Command('patch').description('List, show, apply and take back changes');
  patch.addCommand(listCommand(cli), { isDefault: true });
  patch.addCommand(showCommand(cli));
  patch.addCommand(createCommand(cli));
  patch.addCommand(checkCommand(cli));
  patch.addCommand(applyCommand(cli));
  patch.addCommand(rejectCommand(cli));
  patch.addCommand(rollbackCommand(cli));
  return patch;
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list'))
    .description('List patches, the newest first')
    .option('--run <id>', 'only those of a run');
  return list.action(async ({ run }: { run?: string }) => {
    const patches = await withTree(cli, list, ({ patches: log }) => log.list());
    const shown = patches.filter(({ runId }) => run === undefined || runId === run).toReversed();
    const rows = shown.map((each) => [
      each.id,
      each.state,
      ago(Date.now() - each.at),
      `+${each.added} -${each.removed}`,
      fileWords(each),
    ]);
    cli.finish('patch list', {
      payload: { patches: shown },
      text: rows.length === 0 ? 'No patches here.' : table(rows),
    });
  });
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show'))
    .description('Show a patch with its diff')
    .argument('[patch]', 'id or its beginning (default: the newest)');
  return show.action(async (wanted: string | undefined) => {
    const shown = await withTree(cli, show, async ({ patches }) => patches.show(await patchId(patches, wanted)));
    const colour = colourOf(cli, globalsOf(cli, show));
    const run = shown.runId === undefined ? '' : `  run ${shown.runId}`;
    const head = `${colour.magenta('patch')} ${shown.id}  ${shown.state}${run}\n`;
    cli.finish('patch show', { payload: shown, text: `${head}${renderDiff(shown.diff, colour)}` });
  });
}

function applyCommand(cli: Cli): Command {
  const apply = withGlobals(new Command('apply'))
    .description('Apply a patch that was proposed or taken back')
    .argument('<patch>', 'id or its beginning')
    .option('--dry-run', 'say what would be applied');
  return apply.action(async (wanted: string, { dryRun }: { dryRun?: boolean }) => {
    const outcome = await withTree(cli, apply, async ({ patches }) => {
      const id = await patchId(patches, wanted);
      return dryRun ? planned([await patches.show(id)]) : patches.apply(id);
    });
    cli.finish('patch apply', {
      payload: { ...outcome, dryRun: dryRun === true },
      text: told('applied', outcome, dryRun),
    });
  });
}

function checkCommand(cli: Cli): Command {
  const check = withGlobals(new Command('check'))
    .description('Say whether a patch would apply, or could be taken back')
    .argument('<patch>', 'id or its beginning');
  return check.action(async (wanted: string) => {
    const found = await withTree(cli, check, async ({ patches }) => patches.check(await patchId(patches, wanted)));
    const { fits, conflicts } = found;
    const text = fits
      ? 'It fits.'
      : ['It does not fit:', ...conflicts.map((each) => `  ${plainText(each)}`)].join('\n');
    cli.finish('patch check', { payload: found, text, exit: fits ? 0 : 1 });
  });
}

function rejectCommand(cli: Cli): Command {
  const reject = withGlobals(new Command('reject'))
    .description('Turn a proposed patch down')
    .argument('<patch>', 'id or its beginning')
    .option('--dry-run', 'say what would be turned down');
  return reject.action(async (wanted: string, { dryRun }: { dryRun?: boolean }) => {
    const id = await withTree(cli, reject, async ({ patches }) => {
      const found = await patchId(patches, wanted);
      if (!dryRun) await patches.reject(found);
      return found;
    });
    cli.finish('patch reject', {
      payload: { id, dryRun: dryRun === true },
      text: `${dryRun ? 'would turn' : 'turned'} down ${id}`,
    });
  });
}

function rollbackCommand(cli: Cli): Command {
  const rollback = withGlobals(new Command('rollback'))
    .description('Take changes back: one patch, or all of a run')
    .argument('[patch]', 'id or its beginning (default: everything the last run changed)')
    .option('--run <id>', 'everything this run changed')
    .option('--dry-run', 'say what would be taken back')
    .addHelpText('after', rollbackHelp);
  return rollback.action(async (wanted: string | undefined, { run, dryRun }: { run?: string; dryRun?: boolean }) => {
    if (wanted !== undefined && run !== undefined) {
      throw new CapstanError('invalid_config', 'Give a patch or --run, not both.', { where: '--run' });
    }
    const outcome = await withTree(cli, rollback, async ({ patches }) => {
      const id = wanted === undefined ? undefined : await patchId(patches, wanted);
      if (dryRun) return planned(concerned(await patches.list(), { id, run }));
      return id === undefined ? patches.rollbackRun(run) : patches.rollback(id);
    });
    cli.finish('patch rollback', {
      payload: { ...outcome, dryRun: dryRun === true },
      text: told('took back', outcome, dryRun),
    });
  });
}

/** The patches a roll-back would speak of, the newest first. */
function concerned(
  all: readonly PatchInfo[],
  { id, run }: { id: string | undefined; run: string | undefined },
): readonly PatchInfo[] {
  const done = all.filter(({ state }) => state === 'applied' || state === 'rolled-back');
  const newest = done.at(-1);
  const wanted = run ?? newest?.runId ?? newest?.id;
  const matching = done.filter((each) => (id === undefined ? (each.runId ?? each.id) === wanted : each.id === id));
  const applied = matching.filter(({ state }) => state === 'applied').toReversed();
  if (applied.length > 0) return applied;
  throw new CapstanError('not_found', 'There is nothing to take back. List the patches with "capstan patch list".');
}

function planned(patches: readonly PatchInfo[]): Pick<PatchOutcome, 'of' | 'files' | 'added' | 'removed'> {
  return {
    of: patches.map(({ id }) => id),
    files: patches.flatMap(({ files }) => files),
    added: patches.reduce((sum, { added }) => sum + added, 0),
    removed: patches.reduce((sum, { removed }) => sum + removed, 0),
  };
}

function told(verb: string, { of, files }: Pick<PatchOutcome, 'of' | 'files'>, dryRun: boolean | undefined): string {
  const paths = [...new Set(files.map(({ path }) => plainText(path)))];
  const head = `${dryRun ? 'would have ' : ''}${verb === 'took back' && dryRun ? 'taken back' : verb} ${plural(of.length, 'patch').replace(/patchs$/, 'patches')}: ${of.join(', ')}`;
  return [head, ...paths.map((path) => `  ${path}`)].join('\n');
}

function fileWords({ files }: PatchInfo): string {
  const [first] = files;
  if (!first) return '';
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  return `${first.change} ${plainText(first.path)}${more}`;
}

/** Finds a patch by a unique beginning of its id; without one, the newest. */
async function patchId(patches: Worktree['patches'], wanted: string | undefined): Promise<string> {
  const ids = (await patches.list()).map(({ id }) => id);
  if (wanted === undefined) {
    const newest = ids.at(-1);
    if (newest !== undefined) return newest;
    throw new CapstanError('not_found', 'No patches are kept here.');
  }
  if (ids.includes(wanted)) return wanted;
  const matches = wanted.length < 4 ? [] : ids.filter((id) => id.startsWith(wanted.toUpperCase()));
  if (matches.length === 1 && matches[0] !== undefined) return matches[0];
  const why = matches.length === 0 ? `There is no patch ${wanted}.` : `${matches.length} patches begin with ${wanted}.`;
  throw new CapstanError('not_found', `${why} See "capstan patch list".`, { where: wanted });
}

async function withTree<T>(cli: Cli, command: Command, work: (tree: Worktree) => Promise<T>): Promise<T> {
  const tree = await openTree(rootOf(cli, globalsOf(cli, command)));
  try {
    return await work(tree);
  } finally {
    tree.close();
  }
}
