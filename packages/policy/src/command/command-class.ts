/**
 * What a simple command is known to be. Rules name a class in `commands`, for example `@reads`.
 *
 * - `@reads`: does nothing but read what its other effects say, and print.
 * - `@scripts`: the repository's own tests, linters, type checks and builds.
 * - `@catastrophic`: harm that no mode should allow, such as deleting the home folder.
 */
export type CommandClass = '@reads' | '@scripts' | '@catastrophic';
