import { join } from 'node:path';
import { sameStamp, scanTree, type Stamp, type TreeState } from '../index/scan-tree.ts';
import type { DiskChange } from './language-server.ts';

/** Tells what changed in a work tree since the last look: by tools, by commands, by the user. */
export interface DiskChanges {
  /** The first look finds nothing. */
  look(signal?: AbortSignal): Promise<readonly DiskChange[]>;
}

/**
 * Looks at the files that the index would read and at those of further languages; only folders that changed are listed
 * again.
 *
 * @param also Tells whether a name is of a further language.
 */
export function diskChanges(root: string, also: (name: string) => boolean): DiskChanges {
  let state: TreeState | undefined;
  let known: ReadonlyMap<string, Stamp> | undefined;
  return {
    async look(signal) {
      const scan = await scanTree(root, { known: state, now: Date.now(), signal, also });
      const before = known;
      state = scan.state;
      known = scan.files;
      return before ? differences(root, before, scan.files) : [];
    },
  };
}

function differences(
  root: string,
  before: ReadonlyMap<string, Stamp>,
  after: ReadonlyMap<string, Stamp>,
): readonly DiskChange[] {
  const changes: DiskChange[] = [];
  for (const [path, stamp] of after) {
    const old = before.get(path);
    if (!old) changes.push({ path: join(root, path), kind: 'created' });
    else if (!sameStamp(old, stamp) || stamp[1] === 0) changes.push({ path: join(root, path), kind: 'changed' });
  }
  for (const path of before.keys()) if (!after.has(path)) changes.push({ path: join(root, path), kind: 'deleted' });
  return changes;
}
