import { CapstanError, type Budget, type BudgetLimit } from '@capstan/sdk/contract';
import type { Command } from 'commander';
import type { SandboxOptions } from '@capstan/tools';
import { parseMode, type Mode } from '../project/mode.ts';
import { sandboxOptions, type SandboxFlags } from './sandbox-options.ts';

/** The options of `run` and `resume` as the parser gives them. */
export interface RunFlags extends SandboxFlags {
  readonly streamJson?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly reasoning?: boolean;
  readonly model?: string;
  readonly agent?: string;
  readonly mode?: string;
  readonly budgetUsd?: string;
  readonly budgetSeconds?: string;
  readonly budgetTokens?: string;
  readonly maxTurns?: string;
  readonly yes?: boolean;
  readonly session?: string;
  readonly continue?: boolean;
  readonly stdin?: boolean;
}

/** How a run is to go, checked. */
export interface RunSettings {
  readonly output: 'text' | 'answer' | 'events' | 'envelope';
  readonly reasoning: boolean;
  readonly model?: string;
  readonly agent?: string;
  readonly mode?: Mode;
  /** Only the limits that were given. */
  readonly budget: Budget;
  readonly yes: boolean;
  readonly session?: string;
  readonly continues: boolean;
  readonly sandbox?: SandboxOptions;
}

/** Adds the options that steer a run and say how it is shown. */
export function withRunOptions(command: Command): Command {
  return withAgentOptions(command)
    .option('-y, --yes', 'approve what would be asked; what is denied stays denied')
    .option('--stream-json', 'print each event as a line of JSON')
    .option('-q, --quiet', 'print the answer only')
    .option('--reasoning', 'show what the model thinks aloud');
}

/** Adds the options that say which model works, and within which bounds. */
export function withAgentOptions(command: Command): Command {
  return command
    .option('-m, --model <vendor/name>', 'model that answers; "practice" needs no key')
    .option('--agent <name>', 'one of your agents, see "capstan agent list"')
    .option('--mode <mode>', 'what may be done without asking: read-only, suggest, auto-edit, full-auto')
    .option('--budget-usd <amount>', 'most to spend, in US dollars')
    .option('--budget-seconds <seconds>', 'longest time to take')
    .option('--budget-tokens <count>', 'most tokens, in and out together')
    .option('--max-turns <count>', 'most model calls')
    .option('--sandbox <level>', 'confine commands: none, workspace-write or read-only; fails where that cannot be had')
    .option('--network', 'with --sandbox: let commands reach the network');
}

/** Checks the options of a run. @throws {CapstanError} `invalid_config` naming the option that is wrong. */
export function runSettings(flags: RunFlags): RunSettings {
  conflict(flags.json && flags.streamJson, '--json', '--stream-json');
  conflict(flags.quiet && flags.streamJson, '--quiet', '--stream-json');
  conflict(flags.quiet && flags.json, '--quiet', '--json');
  conflict(flags.continue && flags.session !== undefined, '--continue', '--session');
  conflict(flags.yes && flags.mode === 'read-only', '--yes', '--mode read-only');
  const sandbox = sandboxOptions(flags);
  return {
    ...(sandbox === undefined ? {} : { sandbox }),
    output: flags.json ? 'envelope' : flags.streamJson ? 'events' : flags.quiet ? 'answer' : 'text',
    reasoning: flags.reasoning === true,
    yes: flags.yes === true,
    continues: flags.continue === true,
    budget: budgetOf(flags),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
    ...(flags.mode === undefined ? {} : { mode: parseMode(flags.mode) }),
    ...(flags.session === undefined ? {} : { session: flags.session }),
  };
}

/** Reads the limits that were given. */
export function budgetOf(flags: Pick<RunFlags, 'budgetUsd' | 'budgetSeconds' | 'budgetTokens' | 'maxTurns'>): Budget {
  return {
    ...limit('costUsd', flags.budgetUsd?.replace(/^\$/, ''), '--budget-usd'),
    ...limit('seconds', flags.budgetSeconds?.replace(/s$/, ''), '--budget-seconds'),
    ...limit('tokens', flags.budgetTokens, '--budget-tokens'),
    ...limit('turns', flags.maxTurns, '--max-turns'),
  };
}

function limit(name: BudgetLimit, text: string | undefined, option: string): Budget {
  if (text === undefined) return {};
  const whole = name === 'tokens' || name === 'turns';
  const value = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (value > 0 && (!whole || Number.isSafeInteger(value))) return { [name]: value };
  const kind = whole ? 'a whole number' : 'a number';
  throw new CapstanError('invalid_config', `${option} takes ${kind} above 0, not "${text}".`, { where: option });
}

function conflict(both: boolean | undefined, one: string, other: string): void {
  if (both)
    throw new CapstanError('invalid_config', `${one} and ${other} exclude one another. Give one of them.`, {
      where: one,
    });
}
