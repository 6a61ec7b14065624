import type { Effect } from '../effect/effect.ts';
import type { CommandClass } from '../command/command-class.ts';
import { stricter, weigh } from './decide.ts';
import type { Action, Decision, Policy } from './policy.ts';

/** Why a policy decides as it does. */
export interface Explanation {
  /** What `decide` says. */
  readonly decision: Decision;
  /** Each effect, command lines taken apart, with all that was said of it, the strictest first. */
  readonly effects: readonly ExplainedEffect[];
}

export interface ExplainedEffect {
  readonly effect: Effect;
  /** What a command is known to be. */
  readonly classes?: readonly CommandClass[];
  readonly decisions: readonly Decision[];
}

/** Gives every rule that matched any effect of an action, and the one that won because nothing was stricter. */
export function explain(policy: Policy, action: Action): Explanation {
  const effects = weigh(policy, action).map(({ subject, decisions }) => ({
    effect: subject.effect,
    ...(subject.classes ? { classes: subject.classes } : {}),
    decisions: decisions.toSorted((a, b) => (stricter(a, b) ? -1 : stricter(b, a) ? 1 : 0)),
  }));
  let decision: Decision | undefined;
  for (const { decisions } of effects)
    for (const one of decisions) if (!decision || stricter(one, decision)) decision = one;
  return {
    decision: decision ?? { verdict: 'allow', rule: 'no-effects', reason: 'The call touches nothing.', approvals: 0 },
    effects,
  };
}
