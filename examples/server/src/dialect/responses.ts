import type { Dialect } from './dialect.ts';
import { openaiFailure } from './openai-failure.ts';
import { decodeResponses } from './responses-decode.ts';
import { encodeResponses } from './responses-encode.ts';
import { responsesStream } from './responses-stream.ts';

/** Responses of OpenAI, without its store. */
export const responsesDialect: Dialect = {
  name: 'openai-responses',
  decode: (body) => decodeResponses(body),
  encode: encodeResponses,
  stream: responsesStream,
  failure: openaiFailure,
  count: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
};
