import type { Cli } from '../frame/cli.ts';
import { findRoot } from './find-root.ts';
import { homeOf } from './open-project.ts';

/** Adds where to run a command, when the folder one stands in would lead it elsewhere. */
export function commandHere(cli: Cli, root: string, line: string): string {
  const found = findRoot(cli.io.cwd, { home: homeOf(cli) });
  if (found === root) return line;
  return `${line} --cwd ${quoted(root)}`;
}

/** Puts a path as a shell takes it for one word. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
