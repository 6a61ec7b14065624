import { Command } from 'commander';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { explainFacts } from '../study/explain-facts.ts';
import { study, withFacts } from '../study/study.ts';
import { findTarget } from '../study/target.ts';

const help = `
Examples:
  capstan explain src/cache.ts
  capstan explain src/cache.ts:40-80
  capstan explain Cache.get            a declaration, wherever it stands
  capstan explain --facts src          what is known without a model

Without a model it tells what the index and git know: head, comment, who calls and uses it, tests, last commits, size.`;

/** `capstan explain`: says what code does; changes nothing. */
export function command(cli: Cli): Command {
  const explain = withFacts(withRunOptions(new Command('explain')))
    .description('Explain a file, a part of it, a declaration, a folder or the repository; nothing is written')
    .argument('[what]', 'FILE, FILE:12, FILE:12-40, FOLDER or the NAME of a declaration (default: the repository)')
    .addHelpText('after', help);
  return withGlobals(explain).action(async (what = '') => {
    await study(cli, explain, {
      name: 'explain',
      look: (tools) => explainFacts(tools, findTarget(tools.index, what, cli.io.cwd)),
    });
  });
}
