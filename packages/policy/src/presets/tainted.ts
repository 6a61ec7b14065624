import type { Policy } from '../decide/policy.ts';
import { underTaint } from '../decide/under-taint.ts';
import { secretFiles } from './protected.ts';

/** Gives the policy that holds once a run has read untrusted text: what could leak is asked about, in every mode. */
export function tainted(policy: Policy): Policy {
  return underTaint(policy, { secretFiles });
}
