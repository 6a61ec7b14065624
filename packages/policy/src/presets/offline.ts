import { rulesOnly } from '../decide/layered.ts';
import type { Policy } from '../decide/policy.ts';

/**
 * Gives a policy without network: everything is denied but what is named, model calls included, and models on this
 * machine excepted.
 *
 * @param hosts Hosts that are allowed all the same, as in rules: `api.example.com`, `*.example.org`, `10.0.0.5:11434`.
 */
export function offline(policy: Policy, { hosts = [] }: { readonly hosts?: readonly string[] } = {}): Policy {
  const limit = rulesOnly('offline', {
    roots: policy.roots,
    rules: [
      {
        id: 'offline.allowed',
        match: { effect: 'network', hosts: ['@loopback', ...hosts] },
        verdict: 'allow',
        reason: 'The host is allowed without network.',
      },
    ],
  });
  return {
    ...policy,
    also: [...(policy.also ?? []), { ...limit, otherwise: { ...limit.otherwise, network: 'deny' } }],
  };
}
