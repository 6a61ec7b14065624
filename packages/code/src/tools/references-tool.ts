import type { Tool } from '@capstan/sdk/contract';
import type { CodePlace } from '../lsp/language-servers.ts';
import { asksServers, startsShown, type LspDesk } from './lsp-desk.ts';
import { inputSchema } from './opened-index.ts';
import { spotFields, spotOf, type SpotInput } from './spot-input.ts';

interface Input extends SpotInput {
  readonly limit?: number;
}

/** Makes `references`. */
export function referencesTool(desk: LspDesk): Tool {
  const tool: Tool<Input> = {
    name: 'references',
    description:
      'Finds all uses of a name that stands in a file, as the language server sees them. Sure for methods and fields too, where find_references goes by name; that one is quicker for the rest.',
    input: inputSchema(
      { ...spotFields, limit: { type: 'integer', minimum: 1, maximum: 1_000, description: 'Most uses. Default 100.' } },
      ['path'],
    ),
    idempotent: true,
    effects: async (input) => asksServers(desk, [(await spotOf(desk, input)).path]),
    preview: async (input) => startsShown(desk, [(await spotOf(desk, input)).path]),
    async execute(input, { signal }) {
      const places = await desk.servers.references(await spotOf(desk, input), { signal });
      return print(
        places.filter(({ path }) => desk.mask(path)),
        input.limit ?? 100,
      );
    },
  };
  return tool as Tool;
}

function print(places: readonly CodePlace[], limit: number): string {
  if (places.length === 0) return 'No references found.';
  const files = Map.groupBy(places.slice(0, limit), ({ path }) => path);
  const rows = [...files].flatMap(([path, uses]) => [
    path,
    ...uses.map(({ line, text }) => `  ${line}${text === undefined ? '' : `  ${text}`}`),
  ]);
  const more = places.length > limit ? [`[${places.length - limit} more; raise limit]`] : [];
  return [`${places.length} places in ${new Set(places.map(({ path }) => path)).size} files:`, ...rows, ...more].join(
    '\n',
  );
}
