/**
 * What a simple command is known to be. Rules name a class in `commands`, for example `@reads`.
 *
 * - `@reads`: does nothing but read what its other effects say, and print.
 * - `@writes`: does nothing but create and change the files its other effects say.
 * - `@deletes`: the same, and removes files.
 * - `@scripts`: the repository's own tests, linters, type checks and builds.
 * - `@catastrophic`: harm that no mode should allow, such as deleting the home folder.
 */
export type CommandClass = '@reads' | '@writes' | '@deletes' | '@scripts' | '@catastrophic';
