import type { Tool } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import { indexPath, inputSchema, readsBelow, type OpenedIndex } from './opened-index.ts';

/** Makes `related_tests`. */
export function relatedTestsTool(opened: OpenedIndex): Tool {
  const tool: Tool<{ readonly path: string }> = {
    name: 'related_tests',
    description:
      'Lists the test files for a source file, the surest first: named after it, importing it, changed with it, importing what imports it. Run these after changing the file.',
    input: inputSchema({ path: { type: 'string', minLength: 1, description: 'Source file.' } }, ['path']),
    idempotent: true,
    effects: ({ path }) => readsBelow(opened, path),
    async execute({ path }, { signal }) {
      const index = await opened.current(signal);
      const place = indexPath(opened, path);
      const file = index.file(place);
      if (!file)
        throw new CapstanError('not_found', `There is no source ${path}. Find it with glob or search_code.`, {
          where: path,
        });
      if (file.kind === 'test') return `${place} is a test itself.`;
      const tests = index.relatedTests(place).filter((one) => opened.mask(one.path));
      if (tests.length === 0) return `No test imports ${place} or is named after it.`;
      const shown = tests.slice(0, 40).map((one) => `${one.path}  (${one.why})`);
      return tests.length > 40 ? [...shown, `[${tests.length - 40} more]`].join('\n') : shown.join('\n');
    },
  };
  return tool as Tool;
}
