import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { chmod, constants, copyFile, mkdir, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Git } from '../git/git.ts';

/** Untracked files larger than this stay behind, as they do in snapshots. */
const maxBytes = 20 << 20;

/** Brings what is not committed in one tree into another of the same commit: changed, new and deleted files. */
export async function carryChanges(git: Git, from: string, to: string): Promise<void> {
  const changed = [
    'diff',
    '--name-only',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules',
    '-z',
  ];
  const paths = [
    ...pathsIn(await git.run([...changed, 'HEAD', '--'])),
    ...pathsIn(await git.run(['ls-files', '--others', '--exclude-standard', '-z'])),
  ];
  for (const path of paths) await carry(join(from, path), join(to, path));
}

function pathsIn(output: string): string[] {
  return output.split('\0').filter((path) => path !== '' && !path.endsWith('/'));
}

async function carry(from: string, to: string): Promise<void> {
  const stats = lstatSync(from, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  if (stats && !stats.isSymbolicLink() && (!stats.isFile() || stats.size > maxBytes)) return;
  await rm(to, { recursive: true, force: true });
  if (!stats) return;
  await mkdir(dirname(to), { recursive: true });
  if (stats.isSymbolicLink()) return symlink(readlinkSync(from), to);
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, stats.mode & 0o777);
}

/** Caches in a folder of dependencies, which a candidate must not share. */
const caches = new Set(['.cache', '.vite', '.vitest', '.vite-temp', '.tmp']);

/**
 * Makes folders that git ignores, such as `node_modules`, usable in another tree: the folder is a new one, and what is in
 * it leads to the original. Relative links in it, such as those to packages of a workspace, stay relative, so that they
 * lead into the new tree.
 *
 * @param names Names of folders; others that are ignored stay behind.
 */
export async function linkDependencies(
  git: Git,
  names: readonly string[],
  trees: { readonly from: string; readonly to: string },
): Promise<void> {
  const words = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'];
  const ignored = (await git.run(words)).split('\0').filter((path) => path.endsWith('/'));
  const wanted = ignored.map((path) => path.slice(0, -1)).filter((path) => names.includes(basename(path)));
  for (const path of wanted) await linkFolder(join(trees.from, path), join(trees.to, path));
}

async function linkFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (caches.has(entry.name)) continue;
    if (entry.isSymbolicLink()) await symlink(readlinkSync(source), target);
    else if (entry.isDirectory() && (entry.name.startsWith('@') || entry.name === '.bin'))
      await linkFolder(source, target);
    else await symlink(source, target);
  }
}
