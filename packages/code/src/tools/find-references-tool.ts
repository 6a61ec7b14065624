import type { Tool } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import type { CodeIndex } from '../context/code-index.ts';
import type { PlacedSymbol } from '../index/find-symbols.ts';
import type { Reference } from '../index/references.ts';
import { symbolRow } from './find-symbol-tool.ts';
import { indexPath, inputSchema, readsBelow, type OpenedIndex } from './opened-index.ts';

interface Input {
  readonly symbol: string;
  readonly path?: string;
  readonly limit?: number;
}

/** Makes `find_references`. */
export function findReferencesTool(opened: OpenedIndex): Tool {
  const tool: Tool<Input> = {
    name: 'find_references',
    description:
      'Finds where a symbol is used, following imports and scopes: calls, writes, imports, other uses. Lines that begin with "?" only share the name. Says so when several symbols are called this; then give path.',
    input: inputSchema(
      {
        symbol: { type: 'string', minLength: 1, description: 'Name, or Class.method.' },
        path: { type: 'string', description: 'File that declares it, when several do.' },
        limit: { type: 'integer', minimum: 1, maximum: 500, description: 'Most uses. Default 60.' },
      },
      ['symbol'],
    ),
    idempotent: true,
    effects: () => readsBelow(opened, undefined),
    async execute({ symbol, path, limit = 60 }, { signal }) {
      const index = await opened.current(signal);
      const found = candidates(index, symbol, path === undefined ? undefined : indexPath(opened, path));
      const [first, ...others] = found.filter((one) => opened.mask(one.path));
      if (!first) {
        throw new CapstanError(
          'not_found',
          `No symbol is called ${symbol}${path === undefined ? '' : ` in ${path}`}. Look with find_symbol.`,
        );
      }
      const uses = index.references(first).filter((one) => opened.mask(one.path));
      const rest = others.map((one) => `  ${one.path}:${one.line}  ${one.kind}`);
      const note = rest.length === 0 ? [] : [`Also called ${symbol} (give path for them):`, ...rest.slice(0, 10)];
      return [symbolRow(first), ...printUses(uses, limit), ...note].join('\n');
    },
  };
  return tool as Tool;
}

function candidates(index: CodeIndex, symbol: string, path: string | undefined): readonly PlacedSymbol[] {
  const found = index.definitions(symbol).filter((one) => path === undefined || one.path === path);
  const rank = (one: PlacedSymbol): number =>
    (one.exported ? 0 : 2) + (one.container === '' ? 0 : 1) + (index.file(one.path)?.kind === 'source' ? 0 : 4);
  return found.toSorted((one, other) => rank(one) - rank(other));
}

function printUses(uses: readonly Reference[], limit: number): string[] {
  const others = uses.filter(({ role }) => role !== 'declaration');
  const ordered = [...others.filter(({ sure }) => sure), ...others.filter(({ sure }) => !sure)];
  if (ordered.length === 0) return ['No uses.'];
  const sure = others.filter((one) => one.sure).length;
  const rows = [`${sure} sure, ${ordered.length - sure} by name only:`];
  let path = '';
  for (const use of ordered.slice(0, limit)) {
    if (use.path !== path) rows.push(use.path);
    path = use.path;
    rows.push(`${use.sure ? ' ' : '?'} ${use.line}  ${use.role}  ${use.text}`);
  }
  if (ordered.length > limit) rows.push(`[${ordered.length - limit} more; raise limit]`);
  return rows;
}
