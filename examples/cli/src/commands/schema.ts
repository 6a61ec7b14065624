import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { commandSchema, contractCommands, contractSchema, streamSchema } from '../contract/contract-schema.ts';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { nearest } from '../render/nearest.ts';

const help = `
Examples:
  capstan schema patch list      what "capstan patch list --json" prints
  capstan schema --stream        a line of "capstan run --stream-json"
  capstan schema > capstan.schema.json`;

/** `capstan schema`: the contract of what programs read. */
export function command(cli: Cli): Command {
  return withGlobals(new Command('schema'))
    .description('Print the JSON Schema of what --json prints: of one command, or of all')
    .argument('[command...]', 'a command with its sub-command (default: all)')
    .option('--stream', 'of a line of --stream-json')
    .addHelpText('after', help)
    .action((words: readonly string[], { stream }: { stream?: boolean }) => {
      const schema = stream ? streamSchema() : words.length === 0 ? contractSchema() : schemaOf(words.join(' '));
      cli.finish('schema', { payload: schema, text: JSON.stringify(schema, undefined, 2) });
    });
}

function schemaOf(cmd: string) {
  const schema = commandSchema(cmd);
  if (schema) return schema;
  const group = contractCommands.filter((each) => each.startsWith(`${cmd} `));
  const near = nearest(cmd, contractCommands);
  const hint =
    group.length > 0
      ? `Name one of ${group.join(', ')}.`
      : near === undefined
        ? 'See "capstan --help".'
        : `Did you mean "${near}"?`;
  throw new CapstanError('not_found', `No command "${cmd}" prints an envelope. ${hint}`, { where: cmd });
}
