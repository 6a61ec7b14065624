import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tool } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import { walk } from '../worktree/walk.ts';
import { readEffect, resolveJudged, shownPath } from './effects.ts';
import type { FileTools } from './file-tools.ts';
import { pathMatcher } from './glob-tool.ts';
import { decodeText } from './text-encoding.ts';

interface GrepInput {
  readonly pattern: string;
  readonly path?: string;
  readonly glob?: string;
  readonly ignoreCase?: boolean;
  readonly context?: number;
  readonly limit?: number;
}

const defaultLimit = 200;
const maxLineChars = 400;

/** Makes the `grep` tool. */
export function grepTool({ worktree }: FileTools): Tool {
  const tool: Tool<GrepInput> = {
    name: 'grep',
    description: `Searches file contents by regular expression. Gives path:line:text, in the order of paths; ignored and binary files are left out. At most ${defaultLimit} matches.`,
    input: {
      type: 'object',
      properties: {
        pattern: { type: 'string', minLength: 1, description: 'Regular expression.' },
        path: { type: 'string', description: 'Folder or file to search. Default: the root of the work tree.' },
        glob: { type: 'string', description: 'Only files whose path matches, for example *.ts.' },
        ignoreCase: { type: 'boolean', description: 'Default false.' },
        context: {
          type: 'integer',
          minimum: 0,
          maximum: 20,
          description: 'Lines to show around each match. Default 0.',
        },
        limit: { type: 'integer', minimum: 1, maximum: 2000, description: `Most matches. Default ${defaultLimit}.` },
      },
      required: ['pattern'],
    },
    effects: async (input) => [await readEffect(worktree, input, input.path ?? '.')],
    execute: async (input, { signal }) => {
      const start = await resolveJudged(worktree, input, input.path ?? '.');
      const from = shownPath(worktree, start);
      const expression = compile(input);
      const matches = input.glob ? pathMatcher(input.glob) : () => true;
      const lines: string[] = [];
      const limit = input.limit ?? defaultLimit;
      let count = 0;
      for await (const path of candidates(worktree.root, from, signal)) {
        if (!matches(path)) continue;
        const text = await textOf(join(worktree.root, path));
        const left = limit - count;
        if (text === undefined) continue;
        const found = searchText(text, expression, { path, left, context: input.context ?? 0 });
        lines.push(...found.lines);
        count += found.count;
        if (count >= limit) return `${lines.join('\n')}\n[stopped at ${limit} matches; narrow the pattern or the path]`;
      }
      return lines.length > 0 ? lines.join('\n') : 'No matches.';
    },
  };
  return tool as Tool;
}

function compile({ pattern, ignoreCase }: GrepInput): RegExp {
  try {
    return new RegExp(pattern, ignoreCase ? 'iu' : 'u');
  } catch {
    try {
      return new RegExp(pattern, ignoreCase ? 'i' : '');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CapstanError('tool_failed', `${why}. Escape special characters with a backslash.`);
    }
  }
}

async function* candidates(root: string, from: string, signal: AbortSignal): AsyncGenerator<string> {
  let any = false;
  for await (const level of walk(root, { from, signal })) {
    any = true;
    for (const { path, kind } of level) if (kind === 'file') yield path;
  }
  if (!any && from !== '.') yield from;
}

async function textOf(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes && decodeText(bytes)?.text;
}

function searchText(
  text: string,
  expression: RegExp,
  { path, left, context }: { readonly path: string; readonly left: number; readonly context: number },
): { readonly lines: string[]; readonly count: number } {
  const lines = text.split(/\r?\n/);
  const hits = lines.flatMap((line, index) => (expression.test(line) ? [index] : [])).slice(0, left);
  const shown: string[] = [];
  let next = 0;
  for (const hit of hits) {
    const start = Math.max(next, hit - context);
    if (context > 0 && shown.length > 0 && start > next) shown.push('--');
    for (let index = start; index <= Math.min(lines.length - 1, hit + context); index++) {
      const mark = hits.includes(index) ? ':' : '-';
      shown.push(`${path}${mark}${index + 1}${mark}${cutLine(lines[index] ?? '')}`);
    }
    next = Math.max(next, hit + context + 1);
  }
  return { lines: shown, count: hits.length };
}

function cutLine(line: string): string {
  return line.length <= maxLineChars ? line : `${line.slice(0, maxLineChars)} […]`;
}
