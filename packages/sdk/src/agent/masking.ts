import type { Hook } from '../contract/hook.ts';
import type { ResultPart } from '../contract/message.ts';

/**
 * Makes a hook that masks text before it is stored and before a model reads it: the user's words and the results of
 * tools. Give it the `redact` of a redactor from `@capstan/policy`.
 *
 * Live output of tools and the preview of an approval are shown to people as they are.
 */
export function masking(mask: (text: string) => string): Hook {
  const parts = <P extends ResultPart>(all: readonly P[]): readonly P[] =>
    all.map((part) => (part.type === 'text' ? { ...part, text: mask(part.text) } : part));
  return {
    name: 'masking',
    beforeRun: (input) => ({ ...input, parts: parts(input.parts) }),
    afterTool: (result) => ({ ...result, parts: parts(result.parts) }),
  };
}
