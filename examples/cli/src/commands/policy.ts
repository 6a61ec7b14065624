import { Command } from 'commander';
import type { Cli } from '../frame/cli.ts';
import { explainCommand } from './policy-explain.ts';
import { guardCommand } from './policy-guard.ts';

/** `capstan policy`: what the rules say, without doing anything. */
export function command(cli: Cli): Command {
  const policy = new Command('policy').description(
    'Judge commands, paths and addresses by the rules, without doing anything',
  );
  policy.addCommand(guardCommand(cli));
  policy.addCommand(explainCommand(cli));
  return policy;
}
