import { Command, InvalidArgumentError } from 'commander';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openCodeIndex } from '../project/open-code-index.ts';
import { rootOf } from '../project/open-project.ts';
import { readableIn } from '../project/readable.ts';
import { plainText } from '../render/plain-text.ts';

interface Flags {
  readonly tokens: number;
  readonly near?: readonly string[];
}

const help = `
Examples:
  capstan map
  capstan map --tokens 4000 --near src/router.ts`;

/** `capstan map`: an overview of the repository as a model is given it. */
export function command(cli: Cli): Command {
  const map = withGlobals(new Command('map'))
    .description('Show the most used files of the repository with the heads of what they declare')
    .option('--tokens <n>', 'length, in estimated tokens', tokensOf, 2000)
    .option('--near <file>', 'file you work on, repeatable; its surroundings come first', add)
    .addHelpText('after', help);
  return map.action(async ({ tokens, near = [] }: Flags) => {
    const root = rootOf(cli, globalsOf(cli, map));
    const index = await openCodeIndex(root);
    try {
      const drawn = await index.repoMap({ tokens, work: { files: near }, mask: await readableIn(cli, root) });
      const text = drawn === '' ? 'There is no source that the index reads.' : plainText(drawn);
      cli.finish('map', { payload: { tokens, map: drawn }, text, meta: { root: index.root } });
    } finally {
      await index.close();
    }
  });
}

function tokensOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 50) return number;
  throw new InvalidArgumentError('Give a whole number of 50 or more.');
}

function add(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
