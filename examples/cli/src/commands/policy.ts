import { Command } from 'commander';
import type { Cli } from '../frame/cli.ts';
import { explainCommand } from './policy-explain.ts';
import { guardCommand } from './policy-guard.ts';
import { redactCommand } from './policy-redact.ts';

/** `capstan policy`: what the rules say, without doing anything. */
export function command(cli: Cli): Command {
  const policy = new Command('policy').description(
    'Judge commands, paths and addresses by the rules, and hide secrets in text',
  );
  policy.addCommand(guardCommand(cli));
  policy.addCommand(explainCommand(cli));
  policy.addCommand(redactCommand(cli));
  return policy;
}
