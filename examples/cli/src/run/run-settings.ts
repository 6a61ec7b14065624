import { CapstanError, type Budget, type BudgetLimit } from '@capstan/sdk/contract';
import type { Command } from 'commander';
import type { SandboxOptions } from '@capstan/tools';
import { parseMode, type Mode } from '../project/mode.ts';
import { vendorKeys } from '../project/vendor-keys.ts';
import { sandboxOptions, type SandboxFlags } from './sandbox-options.ts';

/** The options of `run` and `resume` as the parser gives them. */
export interface RunFlags extends SandboxFlags {
  readonly streamJson?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly reasoning?: boolean;
  readonly model?: string;
  readonly provider?: string;
  readonly agent?: string;
  readonly mode?: string;
  readonly timeout?: string;
  readonly budgetUsd?: string;
  readonly budgetSeconds?: string;
  readonly budgetTokens?: string;
  readonly maxTurns?: string;
  readonly yes?: boolean;
  readonly session?: string;
  readonly continue?: boolean;
  readonly fork?: boolean;
  readonly offline?: boolean;
  readonly dryRun?: boolean;
  readonly addDir?: readonly string[];
}

/** How a run is to go, checked. */
export interface RunSettings {
  readonly output: 'text' | 'answer' | 'events' | 'envelope';
  readonly reasoning: boolean;
  /** As `--model` and `--provider` name it together. */
  readonly model?: string;
  readonly agent?: string;
  readonly mode?: Mode;
  /** Only the limits that were given. */
  readonly budget: Budget;
  readonly yes: boolean;
  readonly session?: string;
  readonly continues: boolean;
  /** Goes on in a copy of the session. */
  readonly forks: boolean;
  readonly sandbox?: SandboxOptions;
  /** Folders to work in besides the root, as they were named. */
  readonly addDirs: readonly string[];
  /** No network until the user's policy file allows it, models included. */
  readonly offline: boolean;
}

/** Adds the options that steer a run and say how it is shown. */
export function withRunOptions(command: Command): Command {
  return withAgentOptions(command)
    .option('-y, --yes', 'approve what would be asked; what is denied stays denied')
    .option('--stream-json', 'print each event as a line of JSON')
    .option('-q, --quiet', 'print the answer only')
    .option('--reasoning', 'show what the model thinks aloud')
    .option('--dry-run', 'say what would be asked, of which model and within which bounds; nothing is done');
}

/** Adds the options that say which model works, and within which bounds. */
export function withAgentOptions(command: Command): Command {
  return command
    .option('-m, --model <vendor/name>', 'model that answers; "practice" needs no key')
    .option('--provider <vendor>', 'vendor that answers: its usual model, or the one that --model names')
    .option('--agent <name>', 'one of your agents, see "capstan agent list"')
    .option('--mode <mode>', 'what may be done without asking: read-only, suggest, auto-edit, full-auto')
    .option('--budget-usd <amount>', 'most to spend, in US dollars')
    .option('--budget-seconds <seconds>', 'longest time to take')
    .option('--timeout <duration>', 'the same, as 90s, 10m or 1h')
    .option('--budget-tokens <count>', 'most tokens, in and out together')
    .option('--max-turns <count>', 'most model calls')
    .option(
      '--add-dir <dir>',
      'a further folder to read and change; may be given again',
      (dir: string, dirs: readonly string[] = []) => [...dirs, dir],
    )
    .option('--sandbox <level>', 'confine commands: none, workspace-write or read-only; fails where that cannot be had')
    .option('--network', 'with --sandbox: let commands reach the network')
    .option('--offline', 'no network, also for models, until your policy file allows it; local models work');
}

/** Adds the options that say which conversation goes on. */
export function withSessionOptions(command: Command): Command {
  return command
    .option('--session <id>', 'go on with a session, or start one of this name')
    .option('-c, --continue', 'go on with the last session')
    .option('--fork', 'with --session or --continue: go on in a copy, and leave the session as it is');
}

/** Checks the options of a run. @throws {CapstanError} `invalid_config` naming the option that is wrong. */
export function runSettings(flags: RunFlags): RunSettings {
  conflict(flags.json && flags.streamJson, '--json', '--stream-json');
  conflict(flags.quiet && flags.streamJson, '--quiet', '--stream-json');
  conflict(flags.quiet && flags.json, '--quiet', '--json');
  conflict(flags.continue && flags.session !== undefined, '--continue', '--session');
  conflict(flags.yes && flags.mode === 'read-only', '--yes', '--mode read-only');
  if (flags.fork && !flags.continue && flags.session === undefined) {
    throw new CapstanError('invalid_config', '--fork copies a session: name it with --session, or give --continue.', {
      where: '--fork',
    });
  }
  conflict(flags.timeout !== undefined && flags.budgetSeconds !== undefined, '--timeout', '--budget-seconds');
  const model = modelOf(flags);
  const sandbox = sandboxOptions(flags);
  return {
    ...(sandbox === undefined ? {} : { sandbox }),
    output: flags.json ? 'envelope' : flags.streamJson ? 'events' : flags.quiet ? 'answer' : 'text',
    addDirs: flags.addDir ?? [],
    offline: flags.offline === true,
    reasoning: flags.reasoning === true,
    yes: flags.yes === true,
    continues: flags.continue === true,
    forks: flags.fork === true,
    budget: budgetOf(flags),
    ...(model === undefined ? {} : { model }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
    ...(flags.mode === undefined ? {} : { mode: parseMode(flags.mode) }),
    ...(flags.session === undefined ? {} : { session: flags.session }),
  };
}

/** Reads the limits that were given. */
export function budgetOf(
  flags: Pick<RunFlags, 'budgetUsd' | 'budgetSeconds' | 'timeout' | 'budgetTokens' | 'maxTurns'>,
): Budget {
  return {
    ...limit('costUsd', flags.budgetUsd?.replace(/^\$/, ''), '--budget-usd'),
    ...(flags.timeout === undefined ? {} : { seconds: secondsOf(flags.timeout) }),
    ...limit('seconds', flags.budgetSeconds?.replace(/s$/, ''), '--budget-seconds'),
    ...limit('tokens', flags.budgetTokens, '--budget-tokens'),
    ...limit('turns', flags.maxTurns, '--max-turns'),
  };
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Reads `90`, `90s`, `10m` or `1h30m`. */
function secondsOf(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smh])/g)];
  const whole = parts.map(([part]) => part).join('') === text;
  const seconds = /^\d+$/.test(text)
    ? Number(text)
    : parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit ?? ''] ?? 0), 0);
  if (seconds > 0 && (whole || parts.length === 0)) return seconds;
  throw new CapstanError('invalid_config', `--timeout takes a duration as 90s, 10m or 1h30m, not "${text}".`, {
    where: '--timeout',
  });
}

/** Puts `--provider` and `--model` together; one that is named twice must be the same. */
function modelOf({ model, provider }: RunFlags): string | undefined {
  if (provider === undefined || provider === '') return model;
  if (model === undefined) return usualModel(provider);
  const vendors = vendorKeys.map(({ vendor }) => vendor);
  const first = model.split('/', 1)[0] ?? '';
  if (first === provider) return model;
  // OpenRouter's own names have a slash in them.
  if (model.includes('/') && vendors.includes(first) && provider !== 'openrouter') {
    throw new CapstanError('invalid_config', `--model ${model} is not of --provider ${provider}. Give one of them.`, {
      where: '--provider',
    });
  }
  return `${provider}/${model}`;
}

function usualModel(provider: string): string {
  if (provider === 'practice') return provider;
  const known = vendorKeys.find(({ vendor }) => vendor === provider)?.model;
  if (known !== undefined) return known;
  const text = `No model of ${provider} is the usual one. Name one with --model; "capstan models list ${provider}" lists them.`;
  throw new CapstanError('invalid_config', text, { where: '--provider' });
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
