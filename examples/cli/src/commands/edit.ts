import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { rootOf } from '../project/open-project.ts';
import { rangeWords, type FileRange } from '../run/file-range.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { foundOnce } from '../study/target.ts';
import { needModel } from '../study/study.ts';
import { writeScoped } from '../study/write-scoped.ts';

const help = `
Examples:
  capstan edit src/cache.ts "drop entries that are older than an hour"
  capstan edit src/cache.ts:40-80 "use a map instead of an array"
  capstan edit --wide src/cache.ts "rename max to limit, and mend the callers"
  capstan patch rollback                       takes it back

Nothing beyond the file, or the lines, is written; --wide lifts that.`;

interface Flags {
  readonly wide?: boolean;
}

/** Most lines of a file that go into the task as they are. */
const maxLines = 400;

/** `capstan edit`: changes a file or a part of it, and nothing else. */
export function command(cli: Cli): Command {
  const edit = withRunOptions(new Command('edit'))
    .description('Change a file or a part of it, and nothing else; the change is kept as a patch')
    .argument('<where>', 'FILE, FILE:12 or FILE:12-40')
    .argument('<what...>', 'what is to be done there, in words')
    .option('--wide', 'other files may be changed too, where the change needs it')
    .addHelpText('after', help);
  return withGlobals(edit).action(async (where: string, what: string[], { wide }: Flags) => {
    const words = what.join(' ').trim();
    if (words === '')
      throw new CapstanError('invalid_config', 'Say what to do: capstan edit FILE "WHAT".', { where: 'WHAT' });
    const find = foundOnce(where, cli.io.cwd);
    find(rootOf(cli, globalsOf(cli, edit)));
    await needModel(cli, edit, 'edit');
    await writeScoped(cli, edit, {
      name: 'edit',
      task: async (root) => taskOf(root, find(root), { words, wide: wide === true }),
      scope: (root) => (wide ? undefined : find(root)),
      payload: async (root) => {
        const { path, lines } = find(root);
        return { where: { path, ...(lines ? { lines } : {}) }, wide: wide === true };
      },
    });
  });
}

function taskOf(
  root: string,
  range: FileRange,
  { words, wide }: { readonly words: string; readonly wide: boolean },
): string {
  const { path, lines } = range;
  const all = readFileSync(join(root, path), 'utf8').split('\n');
  const [from, to] = lines ?? [1, all.length];
  const shown = all.slice(from - 1, Math.min(to, from - 1 + maxLines));
  const bounds = wide
    ? 'Change other files only where this change needs it.'
    : `Only ${rangeWords(range)} can be changed; writes elsewhere are refused. If more is needed, say so in the end.`;
  return `Change ${rangeWords(range)}: ${words}

Make the smallest change that does it, in the style of the code around it. See who uses it first. ${bounds}

<lines path="${path}" from="${from}">
${shown.join('\n')}
</lines>`;
}
