import { lstat } from 'node:fs/promises';
import type { Tool } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import { readEffect, resolveJudged, shownPath } from './effects.ts';
import type { FileTools } from './file-tools.ts';
import { pathMatcher } from './glob-tool.ts';
import { findRipgrep, searchWithRipgrep } from './ripgrep.ts';
import { searchFiles } from './search-files.ts';
import type { FileMatches, Search, SearchResult } from './search-files.ts';
import { searchPattern } from './search-pattern.ts';
import { wellFormed } from './text-encoding.ts';

interface GrepInput {
  readonly pattern: string;
  readonly path?: string;
  readonly glob?: string;
  readonly ignoreCase?: boolean;
  readonly context?: number;
  readonly limit?: number;
  readonly filesOnly?: boolean;
}

const defaultLimit = 200;
const maxLineChars = 400;
const maxChars = 40_000;

/** Makes the `grep` tool. */
export function grepTool({ worktree }: FileTools): Tool {
  const tool: Tool<GrepInput> = {
    name: 'grep',
    description: `Searches file contents line by line by regular expression. Gives path:line:text in the order of paths (path-line-text for lines around); ignored and binary files are left out. At most ${defaultLimit} matches.`,
    input: {
      type: 'object',
      properties: {
        pattern: { type: 'string', minLength: 1, description: 'Regular expression, matched within a line.' },
        path: { type: 'string', description: 'Folder or file to search. Default: the root of the work tree.' },
        glob: { type: 'string', description: 'Only files whose path matches, for example *.{ts,tsx} or src/**/*.py.' },
        ignoreCase: { type: 'boolean', description: 'Default false.' },
        context: {
          type: 'integer',
          minimum: 0,
          maximum: 20,
          description: 'Lines to show around each match. Default 0.',
        },
        limit: { type: 'integer', minimum: 1, maximum: 2000, description: `Most matches. Default ${defaultLimit}.` },
        filesOnly: { type: 'boolean', description: 'Give only the paths of files that match. Default false.' },
      },
      required: ['pattern'],
    },
    effects: async (input) => [await readEffect(worktree, input, input.path ?? '.')],
    execute: async (input, { signal }) => {
      const start = await resolveJudged(worktree, input, input.path ?? '.');
      await checkExists(start, input.path ?? '.');
      const { glob, context = 0, limit = defaultLimit, filesOnly = false } = input;
      const from = shownPath(worktree, start);
      const matches = glob === undefined ? () => true : pathMatcher(glob);
      const found = await runSearch(input, {
        root: worktree.root,
        from,
        matches,
        context: filesOnly ? 0 : context,
        limit,
        signal,
      });
      return report(found, { limit, filesOnly });
    },
  };
  return tool as Tool;
}

async function checkExists(absolute: string, path: string): Promise<void> {
  if (await lstat(absolute).catch(() => undefined)) return;
  throw new CapstanError('not_found', `There is no ${path} to search. List its folder to see what is there.`, {
    where: path,
  });
}

async function runSearch(input: GrepInput, search: Search): Promise<SearchResult> {
  const { rust, javascript } = searchPattern(input.pattern, { ignoreCase: input.ignoreCase ?? false });
  const rg = rust === undefined ? undefined : await findRipgrep();
  // Ripgrep takes globs over whole paths to overrule ignore files, so only globs over names go to it.
  const names = input.glob === undefined || input.glob.includes('/') ? undefined : input.glob;
  const found = rg && rust !== undefined ? await searchWithRipgrep(rg, { pattern: rust, names }, search) : undefined;
  return found ?? searchFiles(javascript, search);
}

function report({ files, cut }: SearchResult, { limit, filesOnly }: { limit: number; filesOnly: boolean }): string {
  if (files.length === 0) return 'No matches. Try a wider pattern or path.';
  const blocks = filesOnly ? files.map((file) => file.path) : files.map(printFile);
  let text = '';
  for (const block of blocks) {
    if (text.length + block.length > maxChars)
      return `${text}${block.slice(0, maxChars - text.length)}\n[output cut here; narrow the pattern or the path]`;
    text += `${block}\n`;
  }
  return cut ? `${text}[stopped at ${limit} matches; narrow the pattern or the path]` : text.trimEnd();
}

function printFile({ path, lines }: FileMatches): string {
  const rows: string[] = [];
  let last = 0;
  for (const { number, text, match } of lines) {
    if (last > 0 && number > last + 1 && lines.some((line) => !line.match)) rows.push('--');
    const mark = match ? ':' : '-';
    rows.push(`${path}${mark}${number}${mark}${cutLine(wellFormed(text))}`);
    last = number;
  }
  return rows.join('\n');
}

function cutLine(line: string): string {
  return line.length <= maxLineChars ? line : `${line.slice(0, maxLineChars)} […]`;
}
