import { decodeAnthropic } from './anthropic-decode.ts';
import { encodeAnthropic } from './anthropic-encode.ts';
import { anthropicFailure } from './anthropic-failure.ts';
import { anthropicStream } from './anthropic-stream.ts';
import type { Dialect } from './dialect.ts';

/** The Messages API of Anthropic. */
export const anthropicDialect: Dialect = {
  name: 'anthropic',
  decode: decodeAnthropic,
  encode: encodeAnthropic,
  stream: anthropicStream,
  failure: anthropicFailure,
  count: (tokens) => ({ input_tokens: tokens }),
};
