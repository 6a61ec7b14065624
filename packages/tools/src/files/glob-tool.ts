import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tool } from '@capstan/sdk/contract';
import picomatch from 'picomatch';
import { walk } from '../worktree/walk.ts';
import { readEffect, resolveJudged, shownPath } from './effects.ts';
import type { FileTools } from './file-tools.ts';
import { checkFolder } from './list-tool.ts';

interface GlobInput {
  readonly pattern: string;
  readonly path?: string;
}

const maxResults = 200;

/** Makes the `glob` tool. */
export function globTool({ worktree }: FileTools): Tool {
  const tool: Tool<GlobInput> = {
    name: 'glob',
    description: `Finds files by name, for example **/*.ts or src/{a,b}/*.json. Ignored files are left out. The last changed come first; at most ${maxResults}.`,
    input: {
      type: 'object',
      properties: {
        pattern: {
          type: 'string',
          minLength: 1,
          description: 'Glob, relative to path. Without a slash it matches names in any folder.',
        },
        path: { type: 'string', description: 'Folder to look in. Default: the root of the work tree.' },
      },
      required: ['pattern'],
    },
    effects: async (input) => [await readEffect(worktree, input, input.path ?? '.')],
    execute: async (input, { signal }) => {
      const folder = await resolveJudged(worktree, input, input.path ?? '.');
      await checkFolder(folder, input.path ?? '.');
      const from = shownPath(worktree, folder);
      const matches = pathMatcher(input.pattern);
      const prefix = from === '.' ? 0 : from.length + 1;
      const found: string[] = [];
      for await (const level of walk(worktree.root, { from, signal })) {
        for (const { path, kind } of level) if (kind !== 'folder' && matches(path.slice(prefix))) found.push(path);
      }
      return report(await byTime(worktree.root, found));
    },
  };
  return tool as Tool;
}

/** Makes a test of relative paths against a glob; a pattern without a slash matches in any folder. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const plain = pattern.replace(/^\.\//, '').replace(/^\//, '');
  return picomatch(plain.includes('/') ? plain : `**/${plain}`, { dot: true });
}

async function byTime(root: string, paths: readonly string[]): Promise<string[]> {
  const timed = await Promise.all(
    paths.map(async (path) => ({ path, at: (await lstat(join(root, path)).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  return timed.toSorted((a, b) => b.at - a.at || (a.path < b.path ? -1 : 1)).map(({ path }) => path);
}

function report(paths: readonly string[]): string {
  if (paths.length === 0) return 'No files match. Try a wider pattern, or list the folder.';
  const shown = paths.slice(0, maxResults).join('\n');
  return paths.length > maxResults ? `${shown}\n[${paths.length - maxResults} more; narrow the pattern]` : shown;
}
