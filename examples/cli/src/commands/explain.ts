import { Command } from 'commander';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { fileRange, rangeWords } from '../run/file-range.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { runTask } from '../run/run-task.ts';

/** `capstan explain`: says what code does; changes nothing. */
export function command(cli: Cli): Command {
  const explain = withRunOptions(new Command('explain'))
    .description('Explain a file, a part of it, or the repository; nothing is written')
    .argument('[what]', 'FILE, FILE:12 or FILE:12-40 (default: the repository)')
    .addHelpText('after', '\nExamples:\n  capstan explain src/cache.ts\n  capstan explain src/cache.ts:40-80');
  return withGlobals(explain).action(async (what: string | undefined) => {
    await runTask(cli, explain, {
      name: 'explain',
      mode: 'read-only',
      wants: 'words',
      task: (root) => task(what, root),
    });
  });
}

function task(what: string | undefined, root: string): string {
  const subject = what === undefined ? 'this repository' : rangeWords(fileRange(what, root));
  return `Explain ${subject} to an engineer who is new here. Read it, and what it uses and who uses it.

Say what it is for, how it works step by step, which data goes in and out, what can go wrong, and what is surprising. Name files and lines. Be short. Change nothing.`;
}
