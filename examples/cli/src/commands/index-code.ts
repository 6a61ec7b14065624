import { Command } from 'commander';
import type { CodeIndex } from '@capstan/code';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openCodeIndex } from '../project/open-code-index.ts';
import { rootOf } from '../project/open-project.ts';
import { plural } from '../render/amounts.ts';

const help = `
Examples:
  capstan index
  capstan index --skipped --json
  capstan search "where are sessions stored"

The index is kept in .capstan/index and brought up to date by whatever uses it, so this is only needed to see what is
in it or to have it ready. Files named in .gitignore, .ignore and .capstanignore are left out.`;

interface Flags {
  readonly skipped?: boolean;
}

/** `capstan index`: reads what changed since the last time and shows what the index holds. */
export function command(cli: Cli): Command {
  const index = withGlobals(new Command('index'))
    .description('Read the repository into the index: symbols, imports, words; only what changed is read again')
    .option('--skipped', 'list the files that are left out, with the reason')
    .addHelpText('after', help);
  return index.action(async (flags: Flags) => {
    const root = rootOf(cli, globalsOf(cli, index));
    const start = cli.io.clock();
    const opened = await openCodeIndex(root);
    try {
      const durationMs = Math.round(cli.io.clock() - start);
      const stats = opened.stats();
      cli.finish('index', {
        payload: {
          root: opened.root,
          durationMs,
          ...stats,
          ...(flags.skipped ? { skippedFiles: opened.skipped() } : {}),
        },
        text: text(opened, { durationMs, listing: flags.skipped === true }),
        meta: { root: opened.root },
      });
    } finally {
      await opened.close();
    }
  });
}

function text(
  index: CodeIndex,
  { durationMs, listing }: { readonly durationMs: number; readonly listing: boolean },
): string {
  const { files, skipped, symbols, languages, rebuilt, unsaved } = index.stats();
  const parts = Object.entries(languages).toSorted(([, one], [, other]) => other - one);
  const rows = [
    `${plural(files, 'file')}, ${plural(symbols, 'symbol')} in ${durationMs} ms`,
    parts.map(([language, count]) => `${language} ${count}`).join(', '),
    ...(skipped === 0 ? [] : [`${plural(skipped, 'file')} left out${listing ? ':' : ' (--skipped lists them)'}`]),
    ...(listing ? index.skipped().map(({ path, reason }) => `  ${path}  ${reason}`) : []),
    ...(rebuilt === undefined ? [] : [`made anew: ${rebuilt}`]),
    ...(unsaved === undefined ? [] : [`not kept on disk: ${unsaved}`]),
  ];
  return rows.filter((row) => row !== '').join('\n');
}
