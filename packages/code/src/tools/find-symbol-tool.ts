import type { Tool } from '@capstan/sdk/contract';
import type { PlacedSymbol } from '../index/find-symbols.ts';
import type { SymbolKind } from '../parse/facts.ts';
import { indexPath, inputSchema, readsBelow, type OpenedIndex } from './opened-index.ts';

interface Input {
  readonly name: string;
  readonly kind?: SymbolKind;
  readonly path?: string;
  readonly limit?: number;
}

const kinds = ['function', 'class', 'method', 'interface', 'type', 'enum', 'variable', 'field', 'namespace'];

/** Makes `find_symbol`. */
export function findSymbolTool(opened: OpenedIndex): Tool {
  const tool: Tool<Input> = {
    name: 'find_symbol',
    description:
      'Finds where a function, class, method, type or variable is declared, by its name, the beginning of it or words of it. Gives path, line and head. Quicker and surer than grep for declarations.',
    input: inputSchema(
      {
        name: { type: 'string', minLength: 1, description: 'Name, or Class.method.' },
        kind: { type: 'string', enum: kinds },
        path: { type: 'string', description: 'Only in this file or below this folder.' },
        limit: { type: 'integer', minimum: 1, maximum: 200, description: 'Default 20.' },
      },
      ['name'],
    ),
    idempotent: true,
    effects: ({ path }) => readsBelow(opened, path),
    async execute({ name, kind, path, limit = 20 }, { signal }) {
      const index = await opened.current(signal);
      const below = path === undefined ? {} : { path: indexPath(opened, path) };
      const exact = name.includes('.') ? index.definitions(name) : [];
      const found =
        exact.length > 0 ? exact : index.symbols({ name, limit: limit + 1, ...below, ...(kind ? { kind } : {}) });
      const shown = found.filter((one) => opened.mask(one.path));
      if (shown.length === 0) return `No symbol is called ${name} or like it. Try search_code or grep.`;
      const rows = shown.slice(0, limit).map(symbolRow);
      return shown.length > limit ? [...rows, `[more; narrow it with kind or path]`].join('\n') : rows.join('\n');
    },
  };
  return tool as Tool;
}

/** One line for a symbol: place, kind, head. */
export function symbolRow({ path, line, kind, container, signature }: PlacedSymbol): string {
  const holder = container === '' ? '' : ` in ${container}`;
  return `${path}:${line}  ${kind}${holder}  ${signature}`;
}
