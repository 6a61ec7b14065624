import { describeEffect } from './describe-effect.ts';
import { judged } from './judged.ts';
import type { Judged } from './judged.ts';
import { matches } from './matches.ts';
import type { Action, Decision, Policy, Rule, Verdict } from './policy.ts';

const strictness: Readonly<Record<Verdict, number>> = { allow: 0, ask: 1, deny: 2 };

/**
 * Decides what a policy says of an action: the strictest rule that matches any of its effects wins and is named.
 *
 * Command lines are taken apart first: each command in them, and each file and host it would touch, is judged as an
 * effect of its own. Pure: the same policy and action always give the same decision.
 */
export function decide(policy: Policy, action: Action): Decision {
  let worst: Decision | undefined;
  for (const { decisions } of weigh(policy, action))
    for (const one of decisions) if (!worst || stricter(one, worst)) worst = one;
  return worst ?? { verdict: 'allow', rule: 'no-effects', reason: 'The call touches nothing.', approvals: 0 };
}

/** What each rule says of one effect of an action. */
export interface Weighed {
  readonly subject: Judged;
  /** Every rule that matched, or the default where none did; of further policies too. */
  readonly decisions: readonly Decision[];
}

/** Weighs every effect of an action, taken apart, against every rule. */
export function weigh(policy: Policy, action: Action): readonly Weighed[] {
  const subjects = action.effects.flatMap((effect) => judged(effect, policy));
  return subjects.map((subject) => ({ subject, decisions: decisionsOn(policy, subject) }));
}

function decisionsOn(policy: Policy, subject: Judged): readonly Decision[] {
  const matching = policy.rules.filter((rule) => matches(rule, subject, policy));
  const standing = matching.some((rule) => rule.standing && rule.verdict === 'allow');
  const found = matching
    .filter((rule) => !standing || rule.verdict !== 'ask' || !isSettled(rule))
    .map((rule) => byRule(rule, subject));
  if (found.length === 0) found.push(byDefault(policy, subject));
  return [...found, ...(policy.also ?? []).flatMap((further) => decisionsOn(further, subject))];
}

/** Whether a standing approval answers what a rule asks: not for two people, and not for text that is a stranger's. */
function isSettled({ approvals = 1, match }: Rule): boolean {
  return approvals <= 1 && !(match.effect === 'write' && match.copied);
}

function byRule(rule: Rule, { effect, why }: Judged): Decision {
  const approvals = rule.verdict === 'ask' ? Math.max(1, rule.approvals ?? 1) : 0;
  const reason =
    (rule.verdict === 'allow' ? undefined : why) ??
    rule.reason ??
    `Rule ${rule.id} says ${rule.verdict} to ${describeEffect(effect)}.`;
  return { verdict: rule.verdict, rule: rule.id, reason, approvals, effect };
}

function byDefault(policy: Policy, { effect, why }: Judged): Decision {
  const verdict = policy.otherwise[effect.kind];
  const words = `No rule of ${policy.name} speaks of ${describeEffect(effect)}; it says ${verdict} to what no rule names.`;
  const reason = verdict === 'allow' || why === undefined ? words : `${why} (${describeEffect(effect)})`;
  return { verdict, rule: `otherwise.${effect.kind}`, reason, approvals: verdict === 'ask' ? 1 : 0, effect };
}

/** Tells whether one decision is stricter than another: by verdict, then by how many must approve. */
export function stricter(a: Decision, b: Decision): boolean {
  const difference = strictness[a.verdict] - strictness[b.verdict];
  return difference > 0 || (difference === 0 && a.approvals > b.approvals);
}
