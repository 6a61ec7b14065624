const plain = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.@ +,=~#%&()[\]{}!'-]+)+$/;

/**
 * Gives one spelling to paths that the file system may take for the same: separators, `.` and `..`, Unicode form.
 *
 * @param path Absolute. Backslashes count as separators only after a drive letter or in a `\\` share.
 * @returns The path with `/` between names, without a final one; `undefined` if it is not absolute, holds a NUL or
 *   names a device of Windows.
 */
export function normalPath(path: string): string | undefined {
  // Most paths are plain and absolute already: keep them cheap.
  if (plain.test(path)) return path;
  if (path.includes('\0') || /[\uD800-\uDFFF]/u.test(path)) return undefined;
  const windows = /^(?:[a-zA-Z]:[\\/]|\\\\|\/\/[?.]\/)/.test(path);
  const rooted = windows ? windowsPath(path) : path;
  if (rooted === undefined || !rooted.startsWith('/')) return undefined;
  const names: string[] = [];
  for (const name of rooted.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else names.push(name);
  }
  return `/${names.join('/')}`.normalize('NFC');
}

/** `C:\a` becomes `/c:/a`; `\\?\C:\a` too; other device forms are no files. */
function windowsPath(path: string): string | undefined {
  const slashed = path.replaceAll('\\', '/');
  const device = /^\/\/[?.]\/(.*)$/s.exec(slashed)?.[1];
  const bare = device ?? slashed;
  const drive = /^([a-zA-Z]):\/(.*)$/s.exec(bare);
  if (drive) return `/${drive[1]?.toLowerCase()}:/${drive[2]}`;
  if (device !== undefined) return /^UNC\//i.test(device) ? `/${device.slice(4)}` : undefined;
  return slashed.slice(1);
}

/** Tells whether a normal path is a normal root or lies below it. */
export function isInside(path: string, root: string): boolean {
  return root === '/' || path === root || path.startsWith(`${root}/`);
}

/** Tells whether an absolute path lies in one of some absolute folders, once both are spelt the same. */
export function insideAny(path: string, roots: readonly string[]): boolean {
  const normal = normalPath(path);
  if (normal === undefined) return false;
  return roots.some((root) => {
    const base = normalPath(root);
    return base !== undefined && isInside(normal, base);
  });
}
