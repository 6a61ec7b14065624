import { Command } from 'commander';
import { CapstanError, newId } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { readConfigs } from '../project/config-file.ts';
import { rootOf } from '../project/open-project.ts';
import { fillPromptCommand } from '../project/prompt-command.ts';
import type { Recipe } from '../project/recipe.ts';
import { table } from '../render/fit.ts';
import { nearest } from '../render/nearest.ts';
import { acceptRun, type Accepted } from '../run/accept-run.ts';
import { builtInRecipes } from '../run/built-in-recipes.ts';
import { openRun, type OpenedRun } from '../run/open-run.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { startRun } from '../run/start-run.ts';

const help = `
Examples:
  capstan do                              list the recipes
  capstan do fix-tests
  capstan do endpoint "GET /health gives 200 and the version"
  capstan do explain src/cache.ts --dry-run

Recipes of your own: .capstan/recipes/NAME.yml, or recipes/NAME.yml beside your configuration.`;

interface Flags {
  readonly dryRun?: boolean;
}

/** `capstan do`: tasks that are done often, with what must hold when they are done. */
export function command(cli: Cli): Command {
  const act = withRunOptions(new Command('do'))
    .description('Do a recipe: a task that is done often, with what must hold at its end')
    .argument('[recipe]', 'its name (default: list them)')
    .argument('[words...]', 'what it is about')
    .addHelpText('after', help);
  return withGlobals(act).action(async (name: string | undefined, words: string[], { dryRun }: Flags) => {
    const recipes = await allRecipes(cli, rootOf(cli, globalsOf(cli, act)));
    if (name === undefined) return cli.finish('do', listed(recipes));
    const recipe = namedRecipe(recipes, name);
    const task = fillPromptCommand(recipe.task, words.join(' '));
    if (dryRun) return cli.finish('do', { payload: { recipe, task, dryRun: true }, text: dry(recipe, task) });
    const setup = await openRun(cli, act, recipe.mode === undefined ? {} : { mode: recipe.mode });
    try {
      cli.finish('do', await followRecipe(setup, recipe, task));
    } finally {
      await setup.store.close();
    }
  });
}

/** Files are read only where there are some: they take a YAML library. */
async function allRecipes(cli: Cli, root: string): Promise<readonly Recipe[]> {
  const { listRecipeFiles } = await import('../project/recipe-file.ts');
  const own = listRecipeFiles(readConfigs(cli, root).paths.recipes);
  const names = new Set(own.map(({ name }) => name));
  return [...builtInRecipes.filter(({ name }) => !names.has(name)), ...own];
}

function namedRecipe(recipes: readonly Recipe[], name: string): Recipe {
  const recipe = recipes.find((each) => each.name === name);
  if (recipe) return recipe;
  const near = nearest(
    name,
    recipes.map((each) => each.name),
  );
  const hint = near === undefined ? 'See "capstan do".' : `Did you mean ${near}?`;
  throw new CapstanError('not_found', `There is no recipe ${name}. ${hint}`, { where: name });
}

function listed(recipes: readonly Recipe[]): Outcome {
  const rows = recipes.map(({ name, takes = '', about, source }) => [
    `${name} ${takes}`.trim(),
    source === 'built-in' ? about : `${about} (${source})`,
  ]);
  return { payload: { recipes }, text: table(rows) };
}

function dry({ accept }: Recipe, task: string): string {
  return `${task}\n\nMust hold: ${accept.length === 0 ? 'nothing' : accept.join(', ')}.`;
}

/** Runs a recipe; where what must hold does not, the model hears of it once and mends it. */
async function followRecipe(setup: OpenedRun, recipe: Recipe, task: string): Promise<Outcome> {
  const sessionId = newId();
  const wants = recipe.accept.includes('words') ? ({ wants: 'words' } as const) : {};
  const send = (words: string) =>
    startRun({ ...setup, ...wants, start: (agent, options) => agent.run(words, { sessionId, ...options }) });
  const first = await send(task);
  if (first.report.ending.exit !== 0) return first.outcome;
  const before = await accepted(setup, recipe, first);
  const wrong = before.filter(({ holds }) => holds === false);
  if (wrong.length === 0 || !recipe.accept.includes('changed')) return judged(first.outcome, before, setup);
  const again = await send(`This does not hold yet:\n\n${words(wrong)}\n\nMend it.`);
  if (again.report.ending.exit !== 0) return judged(again.outcome, before, setup);
  const patches = [...first.report.result.patches, ...again.report.result.patches];
  const after = await accepted(setup, recipe, {
    report: { ...again.report, result: { ...again.report.result, patches } },
  });
  return judged(again.outcome, after, setup);
}

type Started = Pick<Awaited<ReturnType<typeof startRun>>, 'report'>;

async function accepted(setup: OpenedRun, { accept }: Recipe, { report }: Started): Promise<Accepted[]> {
  const { cli, worktree, settings } = setup;
  const stopped = new AbortController();
  const release = cli.io.onInterrupt(() => stopped.abort());
  try {
    const { sandbox } = settings;
    return await acceptRun(accept, { root: worktree.root, result: report.result, sandbox, signal: stopped.signal });
  } finally {
    release();
  }
}

function judged(outcome: Outcome, found: readonly Accepted[], setup: OpenedRun): Outcome {
  const bad = found.filter(({ holds }) => holds === false);
  const payload = { ...(outcome.payload as object), accepted: found };
  const lines = found.map(({ what, holds, why }) => `${sign(holds)} ${what}: ${why}`).join('\n');
  const back = bad.length > 0 ? `\nNot all of it holds. Take it back: ${setup.rollback}` : '';
  const shown = setup.settings.output === 'text' && outcome.text !== undefined;
  const text = shown ? `${outcome.text?.trimEnd()}\n${lines}${back}\n` : outcome.text;
  const exit = bad.length > 0 ? 1 : outcome.exit;
  return { ...outcome, payload, ...(text === undefined ? {} : { text }), ...(exit === undefined ? {} : { exit }) };
}

function sign(holds: boolean | undefined): string {
  return holds === undefined ? '?' : holds ? 'holds' : 'FAILS';
}

function words(found: readonly Accepted[]): string {
  return found.map(({ what, why }) => `${what}: ${why}`).join('\n\n');
}
