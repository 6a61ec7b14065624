import type { Mode } from './mode.ts';

/**
 * What must hold when a recipe is done: `words` an answer was given, `changed` files were changed, `unchanged` none were,
 * `tests` the repository's tests pass, `checks` its linters and compilers find nothing.
 */
export type Acceptance = 'words' | 'changed' | 'unchanged' | 'tests' | 'checks';

export const acceptances: readonly Acceptance[] = ['words', 'changed', 'unchanged', 'tests', 'checks'];

/** A task that is done often: what to say, what may be done without asking, and what must hold at the end. */
export interface Recipe {
  readonly name: string;
  readonly about: string;
  /** What may follow its name, for the help. */
  readonly takes?: string;
  /** Mode where nobody names one. */
  readonly mode?: Mode;
  /** The task; `$ARGUMENTS` and `$1` to `$9` stand for the words after the name. */
  readonly task: string;
  readonly accept: readonly Acceptance[];
  readonly source: 'built-in' | 'user' | 'project';
}
