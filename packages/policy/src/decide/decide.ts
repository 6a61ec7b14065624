import type { Effect } from '../effect/effect.ts';
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
  for (const effect of action.effects.flatMap((one) => judged(one, policy))) {
    const decision = decideEffect(policy, effect);
    if (!worst || stricter(decision, worst)) worst = decision;
  }
  return worst ?? { verdict: 'allow', rule: 'no-effects', reason: 'The call touches nothing.', approvals: 0 };
}

function decideEffect(policy: Policy, subject: Judged): Decision {
  let worst: Decision | undefined;
  for (const rule of policy.rules) {
    if (!matches(rule, subject, policy)) continue;
    const decision = byRule(rule, subject);
    if (!worst || stricter(decision, worst)) worst = decision;
  }
  return worst ?? byDefault(policy, subject.effect);
}

function byRule(rule: Rule, { effect, why }: Judged): Decision {
  const approvals = rule.verdict === 'ask' ? Math.max(1, rule.approvals ?? 1) : 0;
  const reason = why ?? rule.reason ?? `Rule ${rule.id} says ${rule.verdict} to ${describe(effect)}.`;
  return { verdict: rule.verdict, rule: rule.id, reason, approvals, effect };
}

function byDefault(policy: Policy, effect: Effect): Decision {
  const verdict = policy.otherwise[effect.kind];
  const reason = `No rule of ${policy.name} speaks of ${describe(effect)}; it says ${verdict} to what no rule names.`;
  return { verdict, rule: `otherwise.${effect.kind}`, reason, approvals: verdict === 'ask' ? 1 : 0, effect };
}

function stricter(a: Decision, b: Decision): boolean {
  const difference = strictness[a.verdict] - strictness[b.verdict];
  return difference > 0 || (difference === 0 && a.approvals > b.approvals);
}

function describe(effect: Effect): string {
  switch (effect.kind) {
    case 'read':
      return `reading ${effect.path}`;
    case 'write':
      return `${effect.change === 'delete' ? 'deleting' : 'writing'} ${effect.path}`;
    case 'run':
      return `running \`${effect.command}\``;
    case 'network':
      return `reaching ${effect.url}`;
    case 'unknown':
      return `an effect that is not known beforehand (${effect.note})`;
    default:
      return effect satisfies never;
  }
}
