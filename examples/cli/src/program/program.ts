import { Command } from 'commander';
import { withGlobals, type Cli, type GlobalOptions } from '../frame/cli.ts';
import { commands, type CommandEntry } from './table.ts';

const help = `
Examples:
  capstan run "make the failing test pass"
  capstan patch rollback

"capstan COMMAND --help" shows more of each.`;

/** Builds the program: every command by name, each loaded when it is called. */
export function program(cli: Cli): Command {
  const root = withGlobals(new Command('capstan'))
    .description('A coding agent for the terminal')
    .version(cli.version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show help of a command')
    .enablePositionalOptions()
    .addHelpText('after', help);
  quiet(root, cli).action(() => root.outputHelp());
  for (const entry of commands) root.addCommand(stub(entry, root, cli));
  return root;
}

/** A stand-in with a name and a summary; called, it loads the real command and hands it the words. */
function stub(entry: CommandEntry, root: Command, cli: Cli): Command {
  return quiet(new Command(entry.name), cli)
    .summary(entry.summary)
    .description(entry.summary)
    .helpGroup(entry.group)
    .helpOption(false)
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => {
      const { command } = await entry.load();
      const real = command({ ...cli, globals: root.opts<GlobalOptions>() });
      real.name(`capstan ${entry.name}`);
      for (const each of [real, ...descendants(real)]) quiet(each, cli);
      await real.parseAsync(words, { from: 'user' });
    });
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child as Command, ...descendants(child as Command)]);
}

/** Errors are thrown to the frame, which prints them once; help goes out through the frame's streams. */
function quiet(command: Command, cli: Cli): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => void cli.io.out(text),
    writeErr: () => {},
    outputError: () => {},
    getOutHelpWidth: () => cli.io.columns(),
  });
}
