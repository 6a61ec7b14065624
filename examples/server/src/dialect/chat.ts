import { decodeChat } from './chat-decode.ts';
import { encodeChat } from './chat-encode.ts';
import { chatStream } from './chat-stream.ts';
import type { Dialect } from './dialect.ts';
import { openaiFailure } from './openai-failure.ts';

/** Chat Completions of OpenAI. */
export const chatDialect: Dialect = {
  name: 'openai-chat',
  decode: (body) => decodeChat(body),
  encode: encodeChat,
  stream: chatStream,
  failure: openaiFailure,
  count: (tokens) => ({ object: 'token_count', input_tokens: tokens }),
};
