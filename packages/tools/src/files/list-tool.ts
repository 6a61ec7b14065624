import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tool } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import { walk } from '../worktree/walk.ts';
import { readEffect, resolveJudged, shownPath } from './effects.ts';
import type { FileTools } from './file-tools.ts';

interface ListInput {
  readonly path?: string;
}

const maxEntries = 500;

/** Makes the `list` tool. */
export function listTool({ worktree }: FileTools): Tool {
  const tool: Tool<ListInput> = {
    name: 'list',
    description: `Lists a folder: folders with a slash behind, files with their size in bytes. Ignored files are left out; at most ${maxEntries} entries.`,
    input: {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'Folder, relative to the root of the work tree. Default: the root.' },
      },
    },
    effects: async (input) => [await readEffect(worktree, input, input.path ?? '.')],
    execute: async (input, { signal }) => {
      const folder = await resolveJudged(worktree, input, input.path ?? '.');
      await checkFolder(folder, input.path ?? '.');
      const from = shownPath(worktree, folder);
      const [found = []] = await Array.fromAsync(walk(worktree.root, { from, depth: 1, signal }));
      const shown = found.slice(0, maxEntries).map(({ path, kind }) => line(worktree.root, path, kind));
      const lines = await Promise.all(shown);
      if (found.length > maxEntries) lines.push(`[${found.length - maxEntries} more entries; use glob with a pattern]`);
      return lines.length > 0 ? lines.join('\n') : '[the folder is empty, or all in it is ignored]';
    },
  };
  return tool as Tool;
}

/** Refuses what is no folder, in words. */
export async function checkFolder(absolute: string, path: string): Promise<void> {
  const stats = await lstat(absolute).catch(() => undefined);
  if (stats?.isDirectory()) return;
  const why = stats ? 'is a file; give a folder, or read it' : 'does not exist; list its parent to see what does';
  throw new CapstanError(stats ? 'tool_failed' : 'not_found', `${path} ${why}.`, { where: path });
}

async function line(root: string, path: string, kind: string): Promise<string> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (kind === 'folder') return `${name}/`;
  if (kind === 'link') return `${name}@`;
  const stats = await lstat(join(root, path)).catch(() => undefined);
  return stats ? `${name} ${stats.size}` : name;
}
