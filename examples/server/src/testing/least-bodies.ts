import type { DialectName } from '../dialect/dialect.ts';

/** The least body that each vendor takes. */
export const leastBodies: { readonly [name in DialectName]: { readonly [field: string]: unknown } } = {
  'openai-chat': { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
  'openai-responses': { model: 'm', input: 'hi' },
  anthropic: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] },
  google: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
};
