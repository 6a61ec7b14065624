import type { Tool } from '@capstan/sdk/contract';
import { indexPath, inputSchema, readsBelow, type OpenedIndex } from './opened-index.ts';

interface Input {
  readonly tokens?: number;
  readonly focus?: readonly string[];
}

/** Makes `repo_map`. */
export function repoMapTool(opened: OpenedIndex): Tool {
  const tool: Tool<Input> = {
    name: 'repo_map',
    description:
      'Gives an overview of the repository: its most used files with the heads of what they declare. Use it to find your way in code you do not know.',
    input: inputSchema({
      tokens: { type: 'integer', minimum: 200, maximum: 8000, description: 'Length. Default 2000.' },
      focus: {
        type: 'array',
        items: { type: 'string' },
        maxItems: 20,
        description: 'Files whose surroundings to show.',
      },
    }),
    idempotent: true,
    effects: () => readsBelow(opened, undefined),
    async execute({ tokens = 2000, focus = [] }, { signal }) {
      const index = await opened.current(signal);
      const files = focus.map((path) => indexPath(opened, path));
      const map = await index.repoMap({ tokens, work: { files }, mask: opened.mask, signal });
      return map === '' ? 'The repository has no source that the index reads.' : map;
    },
  };
  return tool as Tool;
}
