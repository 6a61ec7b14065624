import { anthropicDialect } from './anthropic.ts';
import { chatDialect } from './chat.ts';
import type { Dialect, DialectName } from './dialect.ts';
import { googleDialect } from './google.ts';
import { responsesDialect } from './responses.ts';

/** All dialects by their names. */
export const dialects: { readonly [name in DialectName]: Dialect } = {
  'openai-chat': chatDialect,
  'openai-responses': responsesDialect,
  anthropic: anthropicDialect,
  google: googleDialect,
};
