/**
 * Gives one spelling to paths that the file system may take for the same: separators, `.` and `..`, Unicode form.
 *
 * @param path Absolute. Backslashes count as separators only after a drive letter or in a `\\` share.
 * @returns The path with `/` between names, without a final one; `undefined` if it is not absolute or holds a NUL.
 */
export function normalPath(path: string): string | undefined {
  if (path.includes('\0')) return undefined;
  const windows = /^(?:[a-zA-Z]:[\\/]|\\\\)/.test(path);
  const slashed = windows ? path.replaceAll('\\', '/') : path;
  const rooted = /^[a-zA-Z]:\//.test(slashed) ? `/${slashed}` : slashed;
  if (!rooted.startsWith('/')) return undefined;
  const names: string[] = [];
  for (const name of rooted.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else names.push(name);
  }
  return `/${names.join('/')}`.normalize('NFC');
}

/** Tells whether a normal path is a normal root or lies below it. */
export function isInside(path: string, root: string): boolean {
  return root === '/' || path === root || path.startsWith(`${root}/`);
}
