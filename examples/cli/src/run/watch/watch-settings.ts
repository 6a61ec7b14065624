import { CapstanError } from '@capstan/sdk/contract';
import type { Recipe } from '../../project/recipe.ts';
import { nearest } from '../../render/nearest.ts';
import { budgetOf } from '../run-settings.ts';

/** The options of `watch` as the parser gives them, besides those of a run. */
export interface WatchFlags {
  readonly facts?: boolean;
  readonly every?: string;
  readonly budgetUsd?: string;
  readonly onChange?: string;
  readonly comments?: boolean;
  readonly lines?: boolean;
  readonly count?: string;
  readonly json?: boolean;
}

/** What is to be done with each batch of changes, checked. */
export interface WatchSettings {
  readonly output: 'text' | 'lines' | 'envelope';
  /** Whether a model may say in words what changed. */
  readonly words: boolean;
  /** Shortest time between two calls of the model that says it. */
  readonly everyMs: number;
  /** Most to spend in all, where the line says so. */
  readonly costUsd?: number;
  readonly comments: boolean;
  readonly onChange?: Action;
  /** Ends after so many batches. */
  readonly count: number;
}

/** What is run for each batch: a recipe with words, or a task. */
export interface Action {
  readonly recipe?: Recipe;
  readonly words: string;
}

/** Checks the options. @throws {CapstanError} `invalid_config` naming the option that is wrong. */
export function watchSettings(flags: WatchFlags, recipes: readonly Recipe[]): WatchSettings {
  if (flags.json && flags.lines) throw wrong('--lines', '--json and --lines exclude one another. Give one of them.');
  const { costUsd } = budgetOf(flags.budgetUsd === undefined ? {} : { budgetUsd: flags.budgetUsd });
  return {
    output: flags.json ? 'envelope' : flags.lines ? 'lines' : 'text',
    words: flags.facts !== true,
    everyMs: 1000 * numberIn(flags.every ?? '30', '--every', /^\d+(?:\.\d+)?$/),
    count: flags.count === undefined ? Infinity : numberIn(flags.count, '--count', /^\d+$/),
    comments: flags.comments === true,
    ...(costUsd === undefined ? {} : { costUsd }),
    ...(flags.onChange === undefined ? {} : { onChange: actionOf(flags.onChange, recipes) }),
  };
}

function numberIn(text: string, where: string, form: RegExp): number {
  const value = Number(text);
  if (form.test(text) && value > 0) return value;
  throw wrong(where, `${where} needs a number above 0, not "${text}".`);
}

/** The name of a recipe and what follows it, or else a task in words. */
function actionOf(text: string, recipes: readonly Recipe[]): Action {
  const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  if (name === '') throw wrong('--on-change', '--on-change needs a recipe or a task: --on-change fix-tests');
  const recipe = recipes.find((each) => each.name === name);
  if (recipe) return { recipe, words: rest };
  if (rest !== '') return { words: text };
  const near = nearest(
    name,
    recipes.map((each) => each.name),
  );
  const hint = near === undefined ? '"capstan do" lists them' : `did you mean ${near}?`;
  throw wrong(
    '--on-change',
    `There is no recipe ${name}; ${hint}${near === undefined ? '.' : ''} A task is more than one word.`,
  );
}

function wrong(where: string, message: string): CapstanError {
  return new CapstanError('invalid_config', message, { where });
}
