import type { Effect } from '../effect/effect.ts';
import type { Action, Rule } from './policy.ts';

/**
 * Gives rules that allow just what an action does, for "always allow this": the same file, the same words, the same
 * host and port, never more.
 *
 * @returns `undefined` where that cannot be said as rules: effects that are not known, lines for a shell, patterns.
 */
export function allowRules(action: Action, { id }: { readonly id: string }): readonly Rule[] | undefined {
  const rules: Rule[] = [];
  for (const [at, effect] of action.effects.entries()) {
    const match = matchOf(effect);
    if (!match) return undefined;
    rules.push({
      id: action.effects.length > 1 ? `${id}.${at + 1}` : id,
      match,
      verdict: 'allow',
      reason: 'The user always allows this.',
    });
  }
  return rules;
}

function matchOf(effect: Effect): Rule['match'] | undefined {
  switch (effect.kind) {
    case 'read':
    case 'write':
      if ((effect.extent ?? 'file') !== 'file' || /[*?[\]{}()!+@\\]/.test(effect.path)) return undefined;
      return { effect: effect.kind, paths: [effect.path] };
    case 'run': {
      const words = effect.argv ?? [];
      const plain =
        words.length > 0 && words.every((word) => /^[^\s*@]+$/.test(word) || /^[^\s*]*[^\s*@][^\s*]*$/.test(word));
      return plain ? { effect: 'run', commands: [words.join(' ')] } : undefined;
    }
    case 'network': {
      if (!URL.canParse(effect.url)) return undefined;
      const { hostname, port, protocol } = new URL(effect.url);
      const usual = protocol === 'https:' ? '443' : protocol === 'http:' ? '80' : '';
      return hostname === '' || (port === '' && usual === '')
        ? undefined
        : { effect: 'network', hosts: [`${hostname}:${port || usual}`] };
    }
    case 'unknown':
      return undefined;
    default:
      return effect satisfies never;
  }
}
