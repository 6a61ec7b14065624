import { Command } from 'commander';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { fileRange, rangeWords } from '../run/file-range.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { runTask } from '../run/run-task.ts';

/** `capstan doc`: writes the comments that a reader needs. */
export function command(cli: Cli): Command {
  const doc = withRunOptions(new Command('doc'))
    .description('Write documentation comments for a file, in the way its language has them')
    .argument('<what>', 'FILE, FILE:12 or FILE:12-40')
    .addHelpText('after', '\nExamples:\n  capstan doc src/cache.ts\n  capstan doc lib/parse.py:10-60 --mode suggest');
  return withGlobals(doc).action(async (what: string) => {
    await runTask(cli, doc, { name: 'doc', mode: 'auto-edit', task: (root) => task(what, root) });
  });
}

function task(what: string, root: string): string {
  return `Document ${rangeWords(fileRange(what, root))}: JSDoc or TSDoc in JavaScript and TypeScript, docstrings in Python, doc comments in Go and elsewhere.

Write a comment on each thing that others use and that has none or a wrong one. Say what types and names do not: units, shape, order, defaults, errors, why. Read its callers first. Change comments only, no code.`;
}
