import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Effect, Policy } from '@capstan/policy';
import { CapstanError, newId, type Run } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import { policyFiles, readPolicy, textOf, type PolicyOrder } from './open-policy.ts';

/** A policy that changes with its files while a run goes on, and that a person may add to. */
export interface LivePolicy {
  /** The policy as its files are now; while one of them is broken, the last that was whole. */
  readonly current: () => Policy;
  /** Listens to what a run's calls would do, for `always`. */
  readonly follow: (run: Run) => void;
  /** What "always" would allow for a call that waits; `undefined` where that cannot be said as a rule. */
  readonly always: (callId: string, by: string) => AlwaysOffer | undefined;
}

/** A standing approval that a person may give. */
export interface AlwaysOffer {
  /** All that it would allow, in words. */
  readonly pattern: string;
  /** Writes it into the user's own policy file. @throws {CapstanError} `invalid_config` where that cannot be. */
  readonly keep: () => void;
}

export interface LivePolicyOptions extends PolicyOrder {
  /** Told once of each state of the files that cannot be followed, and of each that is taken up. */
  readonly tell: (words: string) => void;
}

/**
 * Opens the policy of a work tree and follows its files: what is tightened holds at the next decision.
 *
 * @throws {CapstanError} `invalid_config` naming file and line where a file is wrong at the start.
 */
export async function openLivePolicy(cli: Cli, options: LivePolicyOptions): Promise<LivePolicy> {
  const policies = await import('@capstan/policy');
  const files = policyFiles(cli, options.root);
  let policy = readPolicy(policies, cli, options);
  let known = stateOf(Object.values(files));
  const effects = new Map<string, readonly Effect[]>();
  const current = (): Policy => {
    const now = stateOf(Object.values(files));
    if (now === known) return policy;
    known = now;
    try {
      policy = readPolicy(policies, cli, options);
      options.tell('The policy files have changed: the new rules hold from here on.');
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      options.tell(`${why} The rules from before go on to hold.`);
    }
    return policy;
  };
  return {
    current,
    follow: (run) => void run.on('tool.decided', (event) => effects.set(event.callId, event.effects)),
    always(callId, by) {
      const found = effects.get(callId);
      if (!found) return undefined;
      const about = { id: `always.${newId()}`, root: options.root, by };
      const offer = policies.standingApproval(current(), { effects: found }, about);
      if (!offer) return undefined;
      const keep = () => keepRules(files.user, (text) => policies.addRules(text, offer.rules));
      return { pattern: offer.pattern, keep };
    },
  };
}

/** What tells one state of the files from another. */
function stateOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false, bigint: true });
      return found ? `${found.mtimeNs} ${found.ctimeNs} ${found.size} ${found.ino}` : '-';
    })
    .join('\n');
}

function keepRules(file: string, add: (text: string | undefined) => string | undefined): void {
  const text = add(textOf(file));
  if (text === undefined)
    throw new CapstanError('invalid_config', `${file} has a mistake, so nothing was added. Mend it first.`, {
      where: file,
    });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new CapstanError('invalid_config', `${file} cannot be written.`, { where: file }, { cause });
  }
}
