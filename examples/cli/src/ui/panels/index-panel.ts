import type { CodeIndex } from '@capstan/code';
import { openCodeIndex } from '../../project/open-code-index.ts';
import { count, plural } from '../../render/amounts.ts';
import { plainText } from '../../render/plain-text.ts';
import { table } from '../../render/fit.ts';
import type { Panel, PanelItem } from './panel.ts';
import type { PanelSources } from './panel-sources.ts';

/** Makes the panel of the index: what it holds, the files that are used most, and what is left out and why. */
export function indexPanel(sources: PanelSources): Panel {
  const { root } = sources.conversation.parts.worktree;
  return {
    name: 'index',
    key: 'f4',
    about: 'what is known of the code',
    async read() {
      const index = await openCodeIndex(root);
      try {
        return {
          items: [summary(index, sources), ...central(index, sources), ...leftOut(index, sources)],
          empty: 'Nothing can be read here.',
        };
      } finally {
        await index.close();
      }
    },
  };
}

function summary(index: CodeIndex, { theme: { colour } }: PanelSources): PanelItem {
  const { files, symbols, languages, unsaved } = index.stats();
  const rows = Object.entries(languages)
    .toSorted(([, one], [, other]) => other - one)
    .map(([language, number]) => [language, plural(number, 'file')]);
  const lines = [...table(rows).trimEnd().split('\n'), ...(unsaved === undefined ? [] : [colour.yellow(unsaved)])];
  return {
    id: 'summary',
    label: colour.bold(`${plural(files, 'file')}, ${plural(symbols, 'symbol')}`),
    detail: () => lines,
  };
}

/** Files shown, those that most others import first. */
const shown = 200;

function central(index: CodeIndex, { theme: { colour } }: PanelSources): PanelItem[] {
  const files = index.files().filter(({ kind }) => kind === 'source');
  const ranked = files
    .map((file) => ({ file, importers: index.importersOf(file.path) }))
    .toSorted((one, other) => other.importers.length - one.importers.length)
    .slice(0, shown);
  return ranked.map(({ file: { path, lines, broken }, importers }) => {
    const symbols = index.symbols({ path, limit: 200 });
    const rows = symbols.map(({ line, kind, signature }) => [String(line), kind, signature]);
    return {
      id: path,
      label: `${plainText(path)}  ${colour.dim(`${count(lines)} lines, used by ${importers.length}`)}${broken ? colour.yellow('  has syntax errors') : ''}`,
      detail: () => [
        ...(rows.length === 0 ? [colour.dim('no symbols')] : plainText(table(rows)).trimEnd().split('\n')),
        ...(importers.length === 0 ? [] : [colour.dim(`used by ${importers.slice(0, 20).map(plainText).join(', ')}`)]),
      ],
    };
  });
}

function leftOut(index: CodeIndex, { theme: { colour } }: PanelSources): PanelItem[] {
  return index.skipped().map(({ path, reason }) => ({
    id: `skipped ${path}`,
    label: colour.dim(`left out: ${plainText(path)} (${reason})`),
  }));
}
