import { rulesOnly } from '../decide/layered.ts';
import type { Policy } from '../decide/policy.ts';

/** What is allowed without network all the same. */
export interface OfflineOptions {
  /** Hosts, as in rules: `api.example.com`, `*.example.org`, `10.0.0.5:11434`. */
  readonly hosts?: readonly string[];
  /** Models that are not on this machine, by id or as `vendor/*`. */
  readonly models?: readonly string[];
  /** Commands run in a sandbox without network, so those that are not understood need not be asked about. */
  readonly confined?: boolean;
}

/**
 * Gives a policy without network: everything is denied but what is named, model calls included, and models on this
 * machine excepted.
 *
 * A command that only reads or writes files goes on as before; any other, the repository's own tests too, could reach
 * the network unseen and is asked about, unless a sandbox keeps it from that.
 */
export function offline(policy: Policy, { hosts = [], models = [], confined = false }: OfflineOptions = {}): Policy {
  const limit = rulesOnly('offline', {
    roots: policy.roots,
    rules: [
      {
        id: 'offline.allowed',
        match: { effect: 'network', hosts: ['@loopback', ...hosts] },
        verdict: 'allow',
        reason: 'The host is allowed without network.',
      },
      {
        id: 'offline.files',
        match: { effect: 'run', commands: ['@reads', '@writes', '@deletes'] },
        verdict: 'allow',
        reason: 'The command works on files only.',
      },
    ],
  });
  return {
    ...policy,
    also: [
      ...(policy.also ?? []),
      {
        ...limit,
        models,
        otherwise: { ...limit.otherwise, network: 'deny', ...(confined ? {} : { run: 'ask' as const }) },
      },
    ],
  };
}
