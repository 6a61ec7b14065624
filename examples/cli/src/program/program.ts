import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { nearest } from '../render/nearest.ts';
import { examplesOf } from './examples.ts';
import { withGlobals, type Cli, type CommandEntry, type GlobalOptions } from '../frame/cli.ts';

const help = `
Examples:
  capstan                        talk in the terminal; --no-ui does without
  capstan -c                     go on with the last session
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
  quiet(root, cli)
    .usage('[options] [command]')
    .configureHelp({ subcommandTerm: (each) => each.name() })
    .argument('[words...]')
    .action((words: readonly string[]) => {
      if (words[0] === undefined) return root.outputHelp();
      throw unknownCommand(words[0], cli.commands);
    });
  for (const entry of cli.commands) root.addCommand(stub(entry, root, cli));
  return root;
}

function unknownCommand(word: string, commands: readonly CommandEntry[]): CapstanError {
  const near = nearest(
    word,
    commands.map(({ name }) => name),
  );
  const hint = near === undefined ? 'See "capstan --help".' : `Did you mean "capstan ${near}"?`;
  const task = `To give a task of one word, write: capstan run ${word}`;
  return new CapstanError('invalid_config', `There is no command "${word}". ${hint}\n${task}`, { where: word });
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
    .action(async () => {
      // The words as they were typed: the stand-in's own would lack a `--`.
      const words = root.args.slice(1);
      const { command } = await entry.load();
      const real = command({ ...cli, globals: root.opts<GlobalOptions>() });
      real.name(`capstan ${entry.name}`);
      const all = [real, ...descendants(real)];
      for (const each of all) quiet(each, cli);
      addExamples(real, entry.name);
      cli.began(entry.name);
      const child = chosenChild(real, words);
      if (child) cli.began(`${entry.name} ${child.name()}`);
      await real.parseAsync(words, { from: 'user' });
    });
}

function addExamples(command: Command, name: string): void {
  const examples = examplesOf(name);
  if (examples !== undefined) command.addHelpText('after', examples);
  for (const child of command.commands) addExamples(child as Command, `${name} ${child.name()}`);
}

/** Finds the sub-command that words choose; a mistyped one is not taken for an argument of the default one. */
function chosenChild(group: Command, words: readonly string[]): Command | undefined {
  const [first] = words;
  const child = group.commands.find((each) => each.name() === first);
  if (child || first === undefined || first.startsWith('-') || group.commands.length === 0) return child;
  const near = nearest(
    first,
    group.commands.map((each) => each.name()),
  );
  if (near === undefined) return undefined;
  const line = `${group.name()} ${near}`;
  throw new CapstanError('invalid_config', `There is no command "${group.name()} ${first}". Did you mean "${line}"?`, {
    where: first,
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
