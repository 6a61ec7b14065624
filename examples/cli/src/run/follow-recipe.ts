import { CapstanError, newId } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { readConfigs } from '../project/config-file.ts';
import type { Recipe } from '../project/recipe.ts';
import { nearest } from '../render/nearest.ts';
import { acceptRun, type Accepted } from './accept-run.ts';
import { builtInRecipes } from './built-in-recipes.ts';
import type { OpenedRun } from './open-run.ts';
import { startRun } from './start-run.ts';

/** Gives every recipe, the user's and the repository's own before built-in ones of their names. */
export async function allRecipes(cli: Cli, root: string): Promise<readonly Recipe[]> {
  const { listRecipeFiles } = await import('../project/recipe-file.ts');
  const own = listRecipeFiles(readConfigs(cli, root).paths.recipes);
  const names = new Set(own.map(({ name }) => name));
  return [...builtInRecipes.filter(({ name }) => !names.has(name)), ...own];
}

/** Finds a recipe by its name. @throws {CapstanError} `not_found` with the nearest name. */
export function namedRecipe(recipes: readonly Recipe[], name: string): Recipe {
  const recipe = recipes.find((each) => each.name === name);
  if (recipe) return recipe;
  const near = nearest(
    name,
    recipes.map((each) => each.name),
  );
  const hint = near === undefined ? 'See "capstan do".' : `Did you mean ${near}?`;
  throw new CapstanError('not_found', `There is no recipe ${name}. ${hint}`, { where: name });
}

/** Runs a recipe; where what must hold does not, the model hears of it once and mends it. */
export async function followRecipe(setup: OpenedRun, recipe: Recipe, task: string): Promise<Outcome> {
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
