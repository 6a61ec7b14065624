import { Command, type Option } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { completions, type CompletionTree } from '../complete/completions.ts';
import { scripts, type Shell } from '../complete/completion-scripts.ts';

const help = `
Examples:
  capstan completion bash > ~/.local/share/bash-completion/completions/capstan
  capstan completion zsh > "\${fpath[1]}/_capstan"
  capstan completion fish > ~/.config/fish/completions/capstan.fish
  capstan completion powershell >> $PROFILE`;

/** `capstan completion`: lets a shell complete commands, options and the ids that are kept here. */
export function command(cli: Cli): Command {
  return withGlobals(new Command('completion'))
    .description('Print the completion script of a shell')
    .argument('<shell>', Object.keys(scripts).join(', '))
    .argument('[words...]', 'with "words": the words so far, the last one unfinished')
    .addHelpText('after', help)
    .action(async (shell: string, words: string[]) => {
      if (shell === 'words') {
        const found = await completions(words, await tree(cli), cli);
        return cli.finish('completion words', { payload: { completions: found }, text: found.join('\n') });
      }
      if (!(shell in scripts)) {
        throw new CapstanError(
          'invalid_config',
          `There is no script for "${shell}". Choose one of ${Object.keys(scripts).join(', ')}.`,
          { where: 'shell' },
        );
      }
      const script = scripts[shell as Shell];
      cli.finish('completion', { payload: { shell, script }, text: script });
    });
}

/** Loads every command to know its options: only completion needs them all. */
async function tree(cli: Cli): Promise<CompletionTree> {
  const loaded = await Promise.all(
    cli.commands.map(async ({ name, load }) => [name, (await load()).command(cli)] as const),
  );
  return Object.fromEntries(
    loaded.map(([name, each]) => [
      name,
      {
        options: optionsOf(each),
        children: Object.fromEntries(each.commands.map((child) => [child.name(), { options: optionsOf(child) }])),
      },
    ]),
  );
}

function optionsOf(command: { readonly options: readonly Option[] }): string[] {
  return command.options.flatMap(({ long }) => (long ? [long] : []));
}
