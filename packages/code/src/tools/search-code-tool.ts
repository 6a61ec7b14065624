import type { Tool } from '@capstan/sdk/contract';
import type { SearchHit } from '../context/code-index.ts';
import { readLines } from '../context/snippet.ts';
import { indexPath, inputSchema, readsBelow, type OpenedIndex } from './opened-index.ts';

interface Input {
  readonly query: string;
  readonly path?: string;
  readonly limit?: number;
}

/** Hits that are shown with lines, and how many. */
const shownHits = 3;
const shownLines = 16;

/** Makes `search_code`. */
export function searchCodeTool(opened: OpenedIndex): Tool {
  const tool: Tool<Input> = {
    name: 'search_code',
    description:
      'Finds the files that a task or question is about, by words, names, paths and past commits; the best first with their best lines. Use it when you do not know the exact text; grep when you do.',
    input: inputSchema(
      {
        query: { type: 'string', minLength: 1, description: 'What you look for, in words or names.' },
        path: { type: 'string', description: 'Only below this folder.' },
        limit: { type: 'integer', minimum: 1, maximum: 50, description: 'Most files. Default 10.' },
      },
      ['query'],
    ),
    idempotent: true,
    effects: ({ path }) => readsBelow(opened, path),
    async execute({ query, path, limit = 10 }, { signal }) {
      const index = await opened.current(signal);
      const below = path === undefined ? {} : { path: indexPath(opened, path) };
      const hits = await index.search(query, { limit, mask: opened.mask, signal, ...below });
      if (hits.length === 0) return 'Nothing fits. Try other words, or grep for an exact text.';
      return hits
        .map((hit, at) => printHit(hit, at < shownHits ? readLines(index.root, hit.path) : undefined))
        .join('\n');
    },
  };
  return tool as Tool;
}

function printHit({ path, line, endLine, symbols, why }: SearchHit, lines: readonly string[] | undefined): string {
  const names = symbols.length === 0 ? '' : `  ${symbols.join(', ')}`;
  const head = `${path}:${line}-${endLine}${names}  (${why})`;
  if (!lines) return head;
  const shown = lines.slice(line - 1, Math.min(endLine, line - 1 + shownLines));
  const rows = shown.map(
    (text, at) => `${String(line + at).padStart(6)}  ${text.length > 160 ? `${text.slice(0, 159)}…` : text}`,
  );
  return [head, ...rows].join('\n');
}
