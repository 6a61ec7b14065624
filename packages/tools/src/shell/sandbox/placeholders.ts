import { lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';

// A path can only be covered where something is. These are ours, counted over all sandboxes of this process: taking one
// away while another sandbox covers it would take its cover away too.
const held = new Map<string, number>();

/**
 * Puts an empty folder or file where there is nothing, so that it can be covered against creation.
 *
 * @returns How to take it away again, if it is still empty and nobody else holds it.
 */
export function holdPlace(path: string, kind: 'folder' | 'file'): () => void {
  const count = held.get(path) ?? 0;
  const found = count === 0 ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
  // An empty folder of such a name is what a sandbox left that was killed.
  if (found && !(found.isDirectory() && readdirSync(path).length === 0)) return () => {};
  if (count === 0 && !found) create(path, kind);
  held.set(path, count + 1);
  return () => {
    const left = (held.get(path) ?? 1) - 1;
    if (left > 0) return void held.set(path, left);
    held.delete(path);
    removeEmpty(path, kind);
  };
}

function create(path: string, kind: 'folder' | 'file'): void {
  if (kind === 'folder') mkdirSync(path);
  else writeFileSync(path, '', { flag: 'wx' });
}

function removeEmpty(path: string, kind: 'folder' | 'file'): void {
  try {
    if (kind === 'folder') rmdirSync(path);
    else if (lstatSync(path).isFile() && lstatSync(path).size === 0) rmSync(path);
  } catch {
    // Filled or removed meanwhile by somebody outside the sandbox: then it is theirs.
  }
}
