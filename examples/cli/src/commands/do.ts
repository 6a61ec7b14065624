import { Command } from 'commander';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { rootOf } from '../project/open-project.ts';
import { fillPromptCommand } from '../project/prompt-command.ts';
import type { Recipe } from '../project/recipe.ts';
import { table } from '../render/fit.ts';
import { allRecipes, followRecipe, namedRecipe } from '../run/follow-recipe.ts';
import { openRun } from '../run/open-run.ts';
import { withRunOptions } from '../run/run-settings.ts';

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
