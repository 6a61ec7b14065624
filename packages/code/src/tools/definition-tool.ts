import type { Tool } from '@capstan/sdk/contract';
import { asksServers, startsShown, type LspDesk } from './lsp-desk.ts';
import { inputSchema } from './opened-index.ts';
import { spotFields, spotOf, type SpotInput } from './spot-input.ts';

/** Makes `definition`. */
export function definitionTool(desk: LspDesk): Tool {
  const tool: Tool<SpotInput> = {
    name: 'definition',
    description:
      'Finds where a name that stands in a file is defined, as the language server sees it: also methods and fields by their type, and declarations in packages.',
    input: inputSchema(spotFields, ['path']),
    idempotent: true,
    effects: async (input) => asksServers(desk, [(await spotOf(desk, input)).path]),
    preview: async (input) => startsShown(desk, [(await spotOf(desk, input)).path]),
    async execute(input, { signal }) {
      const places = await desk.servers.definition(await spotOf(desk, input), { signal });
      const shown = places.filter(({ path }) => desk.mask(path));
      if (shown.length === 0) return 'No definition found.';
      return shown.map(({ path, line, text }) => `${path}:${line}${text === undefined ? '' : `  ${text}`}`).join('\n');
    },
  };
  return tool as Tool;
}
