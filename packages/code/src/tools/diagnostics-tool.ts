import { relative, sep } from 'node:path';
import type { Tool } from '@capstan/sdk/contract';
import type { DiagnosticsReport } from '../lsp/language-servers.ts';
import { printProblems } from '../lsp/problems.ts';
import { asksServers, startsShown, type LspDesk } from './lsp-desk.ts';
import { inputSchema } from './opened-index.ts';

interface Input {
  readonly files?: readonly string[];
  readonly limit?: number;
}

/** Makes `diagnostics`. */
export function diagnosticsTool(desk: LspDesk): Tool {
  const filesOf = async ({ files }: Input): Promise<string[]> => {
    if (!files || files.length === 0) return desk.servers.openFiles().filter((path) => isShown(desk, path));
    const found = await Promise.all(files.map((file) => desk.worktree.read(file)));
    return found.filter(({ path }) => desk.mask(path)).map(({ absolute }) => absolute);
  };
  const tool: Tool<Input> = {
    name: 'diagnostics',
    description:
      'Gives errors and warnings in files from the language server, by file and line, as an editor shows them: types, imports, names. Faster than a build. Without files: all that were looked at or edited so far.',
    input: inputSchema({
      files: {
        type: 'array',
        maxItems: 200,
        items: { type: 'string', minLength: 1 },
        description: 'Files, relative to the root of the work tree.',
      },
      limit: { type: 'integer', minimum: 1, maximum: 500, description: 'Most problems. Default 60.' },
    }),
    idempotent: true,
    effects: async (input) => asksServers(desk, await filesOf(input)),
    preview: async (input) => startsShown(desk, await filesOf(input)),
    async execute(input, { signal }) {
      const files = await filesOf(input);
      if (files.length === 0) return 'No file was looked at or edited yet. Name files.';
      return print(await desk.servers.diagnose(files, { signal }), { files, limit: input.limit ?? 60 });
    },
  };
  return tool as Tool;
}

function isShown({ servers: { root }, mask }: LspDesk, path: string): boolean {
  return mask(relative(root, path).split(sep).join('/'));
}

function print(
  { problems, unfinished, servers }: DiagnosticsReport,
  { files, limit }: { readonly files: readonly string[]; readonly limit: number },
): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.filter(({ severity }) => severity === 'warning').length;
  const serious = problems.filter(({ severity }) => severity === 'error' || severity === 'warning');
  const counts = `${errors} errors, ${warnings} warnings in ${files.length} files (${servers.join(', ')})`;
  const late = unfinished.length === 0 ? [] : [`[not finished in time: ${unfinished.slice(0, 10).join(', ')}]`];
  return [counts, ...printProblems(serious, limit), ...late].join('\n');
}
