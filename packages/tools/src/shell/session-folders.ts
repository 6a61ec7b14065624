import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';

/** Where the next command of each session starts. */
export interface SessionFolders {
  /** Absolute; the root for a session that has not moved. */
  of(sessionId: string | undefined): string;
  /**
   * Takes note of where a command ended.
   *
   * @returns What to tell the model, if anything changed.
   */
  moved(sessionId: string, from: string, to: string): string | undefined;
}

/**
 * Keeps the working directory from one command of a session to the next, inside a root. A command that leaves the root
 * brings the session back to it.
 */
export function sessionFolders(root: string): SessionFolders {
  const folders = new Map<string, string>();
  return {
    of(sessionId) {
      const folder = sessionId === undefined ? undefined : folders.get(sessionId);
      // It may have been deleted since.
      return folder !== undefined && insideRoot(root, folder) !== undefined ? folder : root;
    },
    moved(sessionId, from, to) {
      if (to === '' || to === from) return undefined;
      const inside = insideRoot(root, to);
      if (inside === undefined) {
        folders.delete(sessionId);
        return `${to} is outside of the work tree, so the next command starts in its root again`;
      }
      folders.set(sessionId, to);
      return `the next command starts in ${inside === '' ? 'the root' : inside}`;
    },
  };
}

function insideRoot(root: string, path: string): string | undefined {
  try {
    const way = relative(root, realpathSync(path));
    return way === '..' || way.startsWith(`..${sep}`) ? undefined : way;
  } catch {
    return undefined;
  }
}
