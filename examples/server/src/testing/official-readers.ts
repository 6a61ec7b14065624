import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { DialectName } from '../dialect/dialect.ts';

/** A vendor's own SDK as the reader of a stream, and what its user sends back with the next request. */
export interface OfficialReader {
  /** Reads a stream with the SDK; rejects as the SDK does. */
  read(stream: string): Promise<unknown>;
  /** The body of the next request, with what `read` gave, or a whole reply, as the last turn of the model. */
  next(reply: unknown): unknown;
}

const apiKey = 'key-of-the-test';
const ask = { role: 'user', content: 'hi' } as const;

/** Answers every request with the text, in pieces of a prime length so that they cut anything. */
function answering(text: string): typeof fetch {
  const bytes = new TextEncoder().encode(text);
  return async () =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (let from = 0; from < bytes.length; from += 97) controller.enqueue(bytes.slice(from, from + 97));
          controller.close();
        },
      }),
      { headers: { 'content-type': 'text/event-stream' } },
    );
}

const chat: OfficialReader = {
  async read(stream) {
    const client = new OpenAI({ apiKey, maxRetries: 0, fetch: answering(stream) });
    const reply = await client.chat.completions
      .stream({ model: 'm', messages: [ask], stream_options: { include_usage: true } })
      .finalChatCompletion();
    // The SDK keeps only the last piece of a field that it does not know.
    return withoutReasoning(reply);
  },
  next: (reply) => ({
    model: 'm',
    messages: [ask, (reply as { choices: { message: object }[] }).choices[0]?.message, ask],
  }),
};

function withoutReasoning(reply: { readonly choices: readonly object[] }): unknown {
  return JSON.parse(JSON.stringify(reply), (name, value: unknown) =>
    name === 'reasoning_content' || name === 'parsed' || name === 'parsed_arguments' ? undefined : value,
  );
}

const responses: OfficialReader = {
  async read(stream) {
    const client = new OpenAI({ apiKey, maxRetries: 0, fetch: answering(stream) });
    return client.responses.stream({ model: 'm', input: 'hi' }).finalResponse();
  },
  next: (reply) => ({ model: 'm', input: [ask, ...(reply as { output: object[] }).output, ask], store: false }),
};

const anthropic: OfficialReader = {
  async read(stream) {
    const client = new Anthropic({ apiKey, maxRetries: 0, fetch: answering(stream) });
    return client.messages.stream({ model: 'm', max_tokens: 100, messages: [ask] }).finalMessage();
  },
  next: (reply) => ({
    model: 'm',
    max_tokens: 100,
    messages: [ask, { role: 'assistant', content: (reply as { content: object[] }).content }, ask],
  }),
};

interface GoogleReply {
  readonly candidates?: readonly { readonly content?: { readonly parts?: readonly object[] } }[];
}

const google: OfficialReader = {
  async read(stream) {
    const client = new GoogleGenAI({ apiKey, httpOptions: { fetch: answering(stream) } });
    const chunks = await client.models.generateContentStream({ model: 'm', contents: 'hi' });
    const parts: object[] = [];
    let finished = false;
    for await (const { candidates } of chunks) {
      parts.push(...(candidates?.[0]?.content?.parts ?? []));
      finished ||= candidates?.[0]?.finishReason !== undefined;
    }
    if (!finished) throw new Error('The stream ended without a finish reason.');
    return { candidates: [{ content: { parts, role: 'model' } }] };
  },
  next(reply) {
    const parts = (reply as GoogleReply).candidates?.[0]?.content?.parts ?? [];
    const hi = { role: 'user', parts: [{ text: 'hi' }] };
    return { contents: [hi, { role: 'model', parts }, hi] };
  },
};

/** The official SDK of each dialect. */
export const officialReaders: { readonly [name in DialectName]: OfficialReader } = {
  'openai-chat': chat,
  'openai-responses': responses,
  anthropic,
  google,
};
