import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findGit } from '@capstan/tools';

/**
 * Reads the hash of the commit that a repository stands on, without running git.
 *
 * @returns An empty text where there is no commit or no repository; undefined where only git can tell.
 */
export function repositoryHead(root: string): string | undefined {
  const place = findGit(root);
  if (!place) return '';
  const head = textOf(join(place.gitFolder, 'HEAD'));
  const name = /^ref: (.+)$/.exec(head)?.[1];
  if (name === undefined) return hashIn(head);
  // A linked work tree keeps its branches with the repository it belongs to.
  const shared = textOf(join(place.gitFolder, 'commondir'));
  const folders = shared === '' ? [place.gitFolder] : [place.gitFolder, resolve(place.gitFolder, shared)];
  for (const folder of folders) {
    const found = hashIn(textOf(join(folder, name))) ?? packedHash(textOf(join(folder, 'packed-refs')), name);
    if (found !== undefined) return found;
  }
  return folders.some((folder) => existsSync(join(folder, 'reftable'))) ? undefined : '';
}

function packedHash(packed: string, name: string): string | undefined {
  const line = packed.split('\n').find((one) => one.endsWith(` ${name}`));
  return line === undefined ? undefined : hashIn(line.split(' ')[0] ?? '');
}

function hashIn(text: string): string | undefined {
  return /^[0-9a-f]{40,64}$/.exec(text)?.[0];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
