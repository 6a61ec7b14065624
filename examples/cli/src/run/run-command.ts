import { CapstanError } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';

/**
 * Runs a command of the command line inside this process and gives what it prints.
 *
 * @param words The command's name, and what follows; with `--json` the payload is given as an object of one field.
 * @throws What the command throws.
 */
export async function runCommand(cli: Cli, words: readonly string[], cwd: string): Promise<string> {
  const [name = '', ...rest] = words;
  const entry = cli.commands.find((each) => each.name === name);
  if (!entry) throw new CapstanError('not_found', `There is no command "${name}".`, { where: name });
  const said: string[] = [];
  const seen: { outcome?: Outcome } = {};
  const { command } = await entry.load();
  const real = command({
    ...cli,
    io: {
      ...cli.io,
      input: 'none',
      outIsTerminal: false,
      errIsTerminal: false,
      out: async (text) => void said.push(String(text)),
      err: async () => {},
    },
    globals: { cwd, color: false },
    began: () => {},
    finish: (_, outcome) => {
      seen.outcome = outcome;
    },
  });
  const quiet = { writeOut: (text: string) => void said.push(text), writeErr: () => {}, outputError: () => {} };
  for (const each of [real, ...real.commands]) each.exitOverride().configureOutput(quiet);
  await real.parseAsync(rest, { from: 'user' });
  if (words.includes('--json')) return JSON.stringify({ payload: seen.outcome?.payload });
  return `${said.join('')}${seen.outcome?.text ?? ''}`;
}
