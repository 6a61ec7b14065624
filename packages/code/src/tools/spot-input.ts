import { CapstanError } from '@capstan/sdk/contract';
import { decodeSource } from '../lsp/documents.ts';
import type { Spot } from '../lsp/language-servers.ts';
import { TextLines } from '../lsp/position.ts';
import type { LspDesk } from './lsp-desk.ts';

/** A place as a model names it: models count columns badly, so the name on the line is enough. */
export interface SpotInput {
  readonly path: string;
  readonly symbol?: string;
  readonly line?: number;
  readonly column?: number;
}

/** JSON Schema of the fields. */
export const spotFields = {
  path: { type: 'string', minLength: 1, description: 'File, relative to the root of the work tree.' },
  symbol: { type: 'string', minLength: 1, description: 'The name, as it stands in the file.' },
  line: { type: 'integer', minimum: 1, description: 'Its line; needed when the name stands for several things.' },
  column: { type: 'integer', minimum: 1, description: 'Its column, from 1, instead of the name.' },
} as const;

/**
 * Finds the place that a model means: the name on its line, else where it stands nearest, else its first place.
 *
 * @throws {CapstanError} `path_outside`, `not_found`, `tool_failed` for a place that is not told.
 */
export async function spotOf({ worktree, mask }: LspDesk, input: SpotInput): Promise<Spot> {
  const file = await worktree.read(input.path);
  const text = mask(file.path) ? decodeSource(file.bytes) : undefined;
  if (text === undefined)
    throw new CapstanError('not_found', `There is no source ${input.path}.`, { where: input.path });
  const lines = new TextLines(text);
  const { symbol, line, column } = input;
  if (symbol === undefined) {
    if (line === undefined || column === undefined) {
      throw new CapstanError('tool_failed', 'Say which place is meant: give symbol, or line and column.');
    }
    return { path: file.absolute, place: { line: line - 1, column: column - 1 } };
  }
  const name = symbol.slice(symbol.lastIndexOf('.') + 1);
  const places = placesOf(lines, name);
  const [nearest] =
    line === undefined
      ? places
      : places.toSorted((one, other) => Math.abs(one.line + 1 - line) - Math.abs(other.line + 1 - line));
  if (nearest) return { path: file.absolute, place: nearest };
  throw new CapstanError('not_found', `${name} does not stand in ${input.path}. Look where it does with find_symbol.`, {
    where: input.path,
  });
}

function placesOf(lines: TextLines, name: string) {
  const word = new RegExp(`(?<![\\p{ID_Continue}$])${escaped(name)}(?![\\p{ID_Continue}$])`, 'gu');
  return Array.from({ length: lines.count }, (_, line) =>
    [...lines.line(line).matchAll(word)].map(({ index }) => ({ line, column: index })),
  ).flat();
}

function escaped(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
