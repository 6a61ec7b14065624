import type { Recipe } from '../project/recipe.ts';

type BuiltIn = Omit<Recipe, 'source'>;

const careful = 'Read before you write, follow the style that stands, and change nothing the task does not need.';

const recipes: readonly BuiltIn[] = [
  {
    name: 'explain',
    about: 'explain a file, a folder or an idea of this repository',
    takes: 'WHAT',
    mode: 'read-only',
    task: 'Explain $ARGUMENTS to an engineer who is new here: what it is for, how it works step by step, what uses it, what is surprising. Name files and lines. Change nothing.',
    accept: ['words', 'unchanged'],
  },
  {
    name: 'fix-tests',
    about: 'make failing tests pass',
    takes: '[WHICH]',
    mode: 'auto-edit',
    task: `Run the tests of this repository ($ARGUMENTS). Find the cause of each failure in the code and mend it there; change a test only when the test itself is wrong, and say so. Run the tests again. ${careful}`,
    accept: ['changed', 'tests'],
  },
  {
    name: 'faster',
    about: 'make a piece of code faster, and show that it is',
    takes: 'WHERE',
    mode: 'auto-edit',
    task: `Make $ARGUMENTS faster without changing what it does. Find where the time goes first, by reading and if you can by measuring; change the algorithm before the details; measure again and give both figures. Run the tests. ${careful}`,
    accept: ['changed', 'tests'],
  },
  {
    name: 'endpoint',
    about: 'add an HTTP endpoint with its tests',
    takes: 'METHOD PATH AND WHAT IT DOES',
    mode: 'auto-edit',
    task: `Add this HTTP endpoint: $ARGUMENTS. Find how endpoints, validation, errors and their tests are written here, and do it the same way: the handler, its registration, checks of its input, and tests of success and of each refusal. ${careful}`,
    accept: ['changed', 'tests'],
  },
  {
    name: 'migration',
    about: 'write a database migration with its tests',
    takes: 'WHAT CHANGES',
    mode: 'auto-edit',
    task: `Write a database migration: $ARGUMENTS. Find which migration tool this repository uses and how its migrations are named and tested. Make it reversible, keep the data that is there, and add a test that goes up and down again. Do not run it against any database but a test's own. ${careful}`,
    accept: ['changed', 'tests'],
  },
  {
    name: 'tests',
    about: 'write the tests that a file lacks',
    takes: 'FILE',
    mode: 'auto-edit',
    task: `Write the tests that $ARGUMENTS lacks, in the way the tests here are written: what it promises, its edges, its failures. Change the code only where a test shows a fault, and say so. Run them. ${careful}`,
    accept: ['changed', 'tests'],
  },
  {
    name: 'document',
    about: 'document what a file exports',
    takes: 'FILE',
    mode: 'auto-edit',
    task: `Document what $ARGUMENTS exports, in the way its language has it (JSDoc, docstrings, doc comments): what each does, units, errors, edges. Say nothing that the types say already. Change no code. ${careful}`,
    accept: ['changed', 'checks'],
  },
  {
    name: 'types',
    about: 'mend what compilers and linters find',
    takes: '[WHERE]',
    mode: 'auto-edit',
    task: `Run the compilers and linters of this repository ($ARGUMENTS) and mend what they find, at the cause: no casts, no disabled rules. Run them again, and the tests. ${careful}`,
    accept: ['changed', 'checks', 'tests'],
  },
  {
    name: 'dead-code',
    about: 'remove code that nothing uses',
    takes: '[WHERE]',
    mode: 'auto-edit',
    task: `Find code that nothing uses ($ARGUMENTS): exports without an importer, branches that cannot be reached, files nobody names. Make sure of each by searching, dynamic uses too, and remove what is sure. Run the tests. ${careful}`,
    accept: ['changed', 'tests'],
  },
  {
    name: 'simplify',
    about: 'make a piece of code simpler without changing what it does',
    takes: 'WHERE',
    mode: 'auto-edit',
    task: `Make $ARGUMENTS simpler without changing what it does: fewer states, fewer branches, names that say what things are. See that tests cover it first, and write those that lack. Run them. ${careful}`,
    accept: ['changed', 'tests'],
  },
  {
    name: 'security',
    about: 'review for weaknesses that can be used',
    takes: '[WHERE]',
    mode: 'read-only',
    task: 'Review this repository ($ARGUMENTS) for weaknesses that somebody could use: input that reaches shells, queries, paths or pages; missing checks of who may do what; secrets in code; unsafe defaults. Follow each from where it enters to where it does harm. Report the worst first, with file, line, how it is used and how to mend it. Change nothing.',
    accept: ['words', 'unchanged'],
  },
  {
    name: 'pr',
    about: 'write the title and text of a pull request for this branch',
    takes: '[BASE]',
    mode: 'read-only',
    task: 'Write a pull request for the current branch against $ARGUMENTS (if no branch is named: the default branch). Read its commits and its diff with git. Answer with a title of at most 72 characters, what changes for users, why, how it was tested, and what a reviewer should look at first. Change nothing.',
    accept: ['words', 'unchanged'],
  },
  {
    name: 'changelog',
    about: 'write what changed for users since a tag',
    takes: 'TAG',
    mode: 'read-only',
    task: 'Write what changed for users of this repository since $ARGUMENTS: read the commits and the diff with git, leave out what users do not notice, group by added, changed, fixed and removed, and say what they have to do. Change nothing.',
    accept: ['words', 'unchanged'],
  },
];

/** The recipes that come with the command. */
export const builtInRecipes: readonly Recipe[] = recipes.map((recipe) => ({ ...recipe, source: 'built-in' }));
