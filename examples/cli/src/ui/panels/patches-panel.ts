import type { PatchInfo } from '@capstan/tools';
import { ago } from '../../render/ago.ts';
import { plainText } from '../../render/plain-text.ts';
import { glyphs } from '../../render/glyphs.ts';
import { diffLines } from '../diff-lines.ts';
import type { Panel, PanelItem } from './panel.ts';
import type { PanelSources } from './panel-sources.ts';

/** Makes the panel of the changes that were made here, each with its diff, to be taken back or done again. */
export function patchesPanel(sources: PanelSources): Panel {
  const { patches } = sources.conversation.parts.worktree;
  return {
    name: 'patches',
    key: 'f6',
    about: 'changes that can be taken back',
    async read() {
      const all = (await patches.list()).toReversed();
      return {
        items: all.map((patch) => item(patch, sources)),
        empty: 'No patches yet: nothing was changed here.',
        actions: [
          {
            key: 'r',
            label: 'take back',
            run: async (chosen) =>
              chosen && `Taken back: ${(await patches.rollback(chosen.id)).files.map(({ path }) => path).join(', ')}`,
          },
          {
            key: 'a',
            label: 'apply',
            run: async (chosen) =>
              chosen && `Applied: ${(await patches.apply(chosen.id)).files.map(({ path }) => path).join(', ')}`,
          },
        ],
      };
    },
  };
}

function item(patch: PatchInfo, { theme, conversation, unicode, now }: PanelSources): PanelItem {
  const { colour } = theme;
  const { id, state, at, added, removed, files } = patch;
  const paint = state === 'applied' ? colour.green : state === 'proposed' ? colour.yellow : colour.dim;
  const names = files.map(({ path }) => plainText(path)).join(', ');
  return {
    id,
    label: `${paint(state.padEnd(11))} ${colour.green(`+${added}`)} ${colour.red(`-${removed}`)}  ${names}  ${colour.dim(ago(now() - at))}`,
    async detail(width) {
      const { diff } = await conversation.parts.worktree.patches.show(id);
      return diffLines(diff, { width, colour, bar: glyphs(unicode).bar });
    },
  };
}
