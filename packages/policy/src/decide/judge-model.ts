import type { Policy } from './policy.ts';

/** A model that is about to be called. */
export interface ModelCall {
  /** `vendor/name`. */
  readonly id: string;
  /** Runs on this machine, without the network. */
  readonly local?: boolean;
}

/** What policies say of calling a model. */
export interface ModelDecision {
  readonly verdict: 'allow' | 'deny';
  readonly rule: string;
  readonly reason: string;
}

/**
 * Judges the call of a model, which is a use of the network: every policy that names models has to name this one.
 *
 * A model on this machine needs nobody's leave.
 */
export function judgeModel(policy: Policy, model: ModelCall): ModelDecision {
  if (model.local) return { verdict: 'allow', rule: 'models.local', reason: 'The model runs on this machine.' };
  const refusing = [policy, ...flat(policy)].find(
    ({ models }) => models && !models.some((pattern) => named(pattern, model.id)),
  );
  if (!refusing) return { verdict: 'allow', rule: 'models', reason: 'No policy limits which models are called.' };
  const reason = `${refusing.name} allows no call of ${model.id}: it would reach the network. Take a model on this machine, or name this one under "models" in the policy file.`;
  return { verdict: 'deny', rule: `models.${refusing.name}`, reason };
}

function flat({ also = [] }: Policy): readonly Policy[] {
  return also.flatMap((each) => [each, ...flat(each)]);
}

function named(pattern: string, id: string): boolean {
  if (pattern === '*') return true;
  return pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern;
}
