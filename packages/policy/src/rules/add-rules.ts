import { applyEdits, modify } from 'jsonc-parser';
import type { Rule } from '../decide/policy.ts';
import { parsePolicy } from './parse-policy.ts';

/**
 * Adds rules to the text of a policy file, keeping its comments and its layout.
 *
 * @param text The file as it is; absent where there is none yet.
 * @returns The new text; `undefined` where the file has a problem, which is left for a person to mend.
 */
export function addRules(text: string | undefined, rules: readonly Rule[]): string | undefined {
  const bare = (text ?? '').replace(/^\uFEFF/, '');
  const base = bare.trim() === '' ? '{}\n' : bare;
  const { policy } = parsePolicy(base, { file: 'policy.json' });
  if (!policy) return undefined;
  const formattingOptions = { insertSpaces: true, tabSize: 2 };
  const all = [...(policy.rules ?? []), ...rules];
  if (policy.rules === undefined) return applyEdits(base, modify(base, ['rules'], all, { formattingOptions }));
  return rules.reduce(
    (current, rule) =>
      applyEdits(current, modify(current, ['rules', -1], rule, { formattingOptions, isArrayInsertion: true })),
    base,
  );
}
