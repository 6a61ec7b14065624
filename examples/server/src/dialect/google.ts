import type { Dialect } from './dialect.ts';
import { decodeGoogle } from './google-decode.ts';
import { encodeGoogle } from './google-encode.ts';
import { googleFailure } from './google-failure.ts';
import { googleStream } from './google-stream.ts';

/** The Gemini API of Google. */
export const googleDialect: Dialect = {
  name: 'google',
  decode: decodeGoogle,
  encode: encodeGoogle,
  stream: googleStream,
  failure: googleFailure,
  count: (tokens) => ({ totalTokens: tokens }),
};
