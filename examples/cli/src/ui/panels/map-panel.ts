import { plainText } from '../../render/plain-text.ts';
import { count, plural } from '../../render/amounts.ts';
import { tryGit } from '../../run/git.ts';
import type { Panel, PanelItem } from './panel.ts';
import type { PanelSources } from './panel-sources.ts';

/** Makes the panel of the repository: its folders, the ones with most files first, each with what lies in it. */
export function mapPanel(sources: PanelSources): Panel {
  const { root } = sources.conversation.parts.worktree;
  return {
    name: 'map',
    key: 'f2',
    about: 'what lies in the repository',
    async read() {
      const files = (tryGit(root, ['ls-files', '-co', '--exclude-standard', '-z']) ?? '').split('\0').filter(Boolean);
      return {
        items: foldersOf(files).map((folder) => item(folder, sources)),
        empty: 'No files, or no git repository.',
        actions: [
          {
            key: 'i',
            label: 'into the input',
            closes: true,
            run: async (chosen) => {
              if (chosen) sources.type(`@${chosen.id} `);
              return undefined;
            },
          },
        ],
      };
    },
  };
}

interface Folder {
  readonly path: string;
  readonly files: readonly string[];
}

function foldersOf(files: readonly string[]): Folder[] {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const end = file.lastIndexOf('/');
    const path = end === -1 ? './' : file.slice(0, end + 1);
    const known = folders.get(path);
    if (known) known.push(file.slice(end + 1));
    else folders.set(path, [file]);
  }
  return [...folders].map(([path, names]) => ({ path, files: names })).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function item({ path, files }: Folder, { theme }: PanelSources): PanelItem {
  const { colour } = theme;
  const depth = path === './' ? 0 : path.split('/').length - 2;
  return {
    id: path,
    label: `${'  '.repeat(depth)}${colour.cyan(plainText(path))}  ${colour.dim(`${count(files.length)} ${files.length === 1 ? 'file' : 'files'}`)}`,
    detail: () => [colour.dim(plural(files.length, 'file')), ...files.map((name) => plainText(name))],
  };
}
