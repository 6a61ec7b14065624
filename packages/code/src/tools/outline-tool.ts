import type { Tool } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import type { CodeIndex } from '../context/code-index.ts';
import { outlineText } from '../context/snippet.ts';
import { indexPath, inputSchema, readsBelow, type OpenedIndex } from './opened-index.ts';

const maxFiles = 80;

/** Makes `outline`. */
export function outlineTool(opened: OpenedIndex): Tool {
  const tool: Tool<{ readonly path: string }> = {
    name: 'outline',
    description:
      'Shows what a file declares, with line numbers, and what it imports from the repository; of a folder, its files with what they export. Use it before reading a long file.',
    input: inputSchema({ path: { type: 'string', minLength: 1, description: 'File or folder.' } }, ['path']),
    idempotent: true,
    effects: ({ path }) => readsBelow(opened, path),
    async execute({ path }, { signal }) {
      const index = await opened.current(signal);
      const place = indexPath(opened, path);
      const masked = !opened.mask(place);
      if (!masked && index.file(place)) return fileOutline(index, place);
      const inside = index
        .files()
        .filter((file) => (place === '' || file.path.startsWith(`${place}/`)) && opened.mask(file.path));
      if (inside.length > 0)
        return folderOutline(
          index,
          inside.map((file) => file.path),
        );
      const skipped = masked ? undefined : index.skipped().find((one) => one.path === place);
      if (skipped) return `${place} is not indexed: ${skipped.reason}. Read it with read.`;
      throw new CapstanError('not_found', `There is no source ${path}. Find it with glob or search_code.`, {
        where: path,
      });
    },
  };
  return tool as Tool;
}

function fileOutline(index: CodeIndex, path: string): string {
  const file = index.file(path);
  const imports = [...new Set(index.importsOf(path).flatMap(({ files }) => files))];
  const importers = index.importersOf(path);
  const symbols = outlineText(index.outline(path), 200);
  return [
    `${path}  ${file?.lines ?? 0} lines${file?.broken ? ', syntax errors' : ''}`,
    symbols === '' ? '(no declarations)' : symbols,
    ...(imports.length === 0 ? [] : [`imports: ${few(imports)}`]),
    ...(importers.length === 0 ? [] : [`imported by: ${few(importers)}`]),
  ].join('\n');
}

function folderOutline(index: CodeIndex, paths: readonly string[]): string {
  const rows = paths.slice(0, maxFiles).map((path) => {
    const top = index.outline(path).filter(({ container, exported }) => container === '' && exported);
    const names = top.slice(0, 8).map(({ name }) => name);
    return names.length === 0 ? path : `${path}: ${names.join(', ')}${top.length > 8 ? ', …' : ''}`;
  });
  return paths.length > maxFiles
    ? [...rows, `[${paths.length - maxFiles} more files; name a folder below]`].join('\n')
    : rows.join('\n');
}

function few(paths: readonly string[]): string {
  return paths.length > 12 ? `${paths.slice(0, 12).join(', ')} and ${paths.length - 12} more` : paths.join(', ');
}
