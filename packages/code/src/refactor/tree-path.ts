import { isAbsolute, join, relative } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';

/**
 * Brings a path to the form that the index uses: relative to the root, with forward slashes.
 *
 * @throws {CapstanError} `path_outside`
 */
export function treePath(root: string, path: string): string {
  const way = relative(root, isAbsolute(path) ? path : join(root, path)).replaceAll('\\', '/');
  if (way !== '..' && !way.startsWith('../') && way !== '' && !isAbsolute(way)) return way;
  throw new CapstanError('path_outside', `${path} lies outside the repository. Give a path below its root.`, {
    where: path,
  });
}
