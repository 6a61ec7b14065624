import type { Policy, Verdict } from './policy.ts';

const open: Readonly<Record<keyof Policy['otherwise'], Verdict>> = {
  read: 'allow',
  write: 'allow',
  run: 'allow',
  network: 'allow',
  unknown: 'allow',
};

/**
 * Gives the policy that holds once a run has read what strangers may have written: web pages, issues, packages, the
 * output of programs.
 *
 * What could carry something out is asked about, in every mode: the network, writing and reading outside of the roots,
 * reading files of secrets, programs that are not understood. Whatever the text says, it only tightens.
 */
export function underTaint(policy: Policy, { secretFiles }: { readonly secretFiles: readonly string[] }): Policy {
  const reason = 'The run has read text from outside, which may be trying to lead it. A person has to look at this.';
  const limit: Policy = {
    name: 'taint',
    roots: policy.roots,
    otherwise: { ...open, run: 'ask', unknown: 'ask' },
    rules: [
      { id: 'taint.network', match: { effect: 'network' }, verdict: 'ask', reason },
      { id: 'taint.write-outside', match: { effect: 'write', where: 'outside' }, verdict: 'ask', reason },
      { id: 'taint.read-outside', match: { effect: 'read', where: 'outside' }, verdict: 'ask', reason },
      { id: 'taint.secrets', match: { effect: 'read', paths: secretFiles }, verdict: 'ask', reason },
      {
        id: 'taint.understood',
        match: { effect: 'run', commands: ['@reads', '@writes', '@deletes', '@scripts'] },
        verdict: 'allow',
      },
      { id: 'taint.catastrophic', match: { effect: 'run', commands: ['@catastrophic'] }, verdict: 'deny', reason },
    ],
  };
  return { ...policy, also: [...(policy.also ?? []), limit] };
}
