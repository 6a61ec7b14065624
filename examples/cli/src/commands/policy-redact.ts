import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';

const help = `
Examples:
  kubectl logs app | capstan policy redact
  capstan policy redact --no-personal < build.log`;

interface Flags {
  readonly personal: boolean;
  readonly nationalIds?: boolean;
}

/** `capstan policy redact`: text in, the same text without secrets out, as it comes. */
export function redactCommand(cli: Cli): Command {
  const redact = withGlobals(new Command('redact'))
    .description('Hide secrets and personal data in what comes on stdin')
    .option('--no-personal', 'leave e-mail addresses, phone numbers, IBANs and cards')
    .option('--national-ids', 'hide national identity numbers too')
    .addHelpText('after', help);
  return redact.action(async ({ personal, nationalIds }: Flags) => {
    const { io } = cli;
    if (io.input !== 'pipe' && io.input !== 'file') {
      throw new CapstanError('invalid_config', 'Nothing is piped in on stdin.', { where: 'stdin' });
    }
    const { createRedactor, secretValues } = await import('@capstan/policy');
    const known = secretValues(io.env);
    const stream = createRedactor({ known, personal, nationalIds: nationalIds === true }).stream();
    const json = globalsOf(cli, redact).json === true;
    const kept: string[] = [];
    const pass = async (text: string) => {
      if (json) kept.push(text);
      else if (text !== '') await io.out(text);
    };
    const decoder = new TextDecoder();
    for await (const chunk of io.stdin as AsyncIterable<Buffer>)
      await pass(stream.write(decoder.decode(chunk, { stream: true })));
    await pass(stream.write(decoder.decode()) + stream.end());
    cli.finish('policy redact', { payload: { text: kept.join('') } });
  });
}
