import type { Effect } from '../effect/effect.ts';
import { decide } from './decide.ts';
import { allowRules } from './allow-rules.ts';
import type { Action, Policy, Rule } from './policy.ts';

/** What "always" would add to the user's policy, and how that reads. */
export interface StandingApproval {
  readonly rules: readonly Rule[];
  /** What would be allowed from then on, in words: the exact command and folder, file or host. */
  readonly pattern: string;
}

export interface StandingOptions {
  /** Begins the id of each rule. */
  readonly id: string;
  /** The folder the approval is given for; it holds in no other. */
  readonly root: string;
  /** Who gives it, and when, for the rule's reason. */
  readonly by: string;
}

/**
 * Gives the rules that stand for "always allow this", never wider than what the action does: the same line in the same
 * folder, the same file, the same host and port.
 *
 * @returns `undefined` where it cannot be said as rules, or where somebody else's policy would go on asking.
 */
export function standingApproval(
  policy: Policy,
  action: Action,
  options: StandingOptions,
): StandingApproval | undefined {
  const rules: Rule[] = [];
  const patterns: string[] = [];
  for (const effect of action.effects) {
    const found = ruleFor(effect, `${options.id}.${rules.length + 1}`);
    if (!found) return undefined;
    rules.push({ ...found.rule, standing: true, root: options.root, reason: `Always allowed by ${options.by}.` });
    patterns.push(found.words);
  }
  if (rules.length === 0) return undefined;
  const then = decide({ ...policy, rules: [...policy.rules, ...rules] }, action);
  return then.verdict === 'allow' ? { rules, pattern: patterns.join(' and ') } : undefined;
}

function ruleFor(effect: Effect, id: string): { readonly rule: Rule; readonly words: string } | undefined {
  if (effect.kind === 'run') {
    const { command, cwd } = effect;
    return {
      rule: { id, match: { effect: 'line', line: command, cwd }, verdict: 'allow' },
      words: `exactly \`${command}\` in ${cwd}`,
    };
  }
  if (effect.kind === 'write' && effect.copies) return undefined;
  const [rule] = allowRules({ effects: [effect] }, { id }) ?? [];
  if (!rule) return undefined;
  const words =
    effect.kind === 'read' || effect.kind === 'write'
      ? `${effect.kind === 'read' ? 'reading' : 'changing'} ${effect.path}`
      : effect.kind === 'network'
        ? `reaching ${new URL(effect.url).host}`
        : '';
  return { rule, words };
}
