import { anthropic } from '@capstan/providers/anthropic';
import { google } from '@capstan/providers/google';
import { openai } from '@capstan/providers/openai';
import { startLoopback } from '@capstan/providers/testing';
import type { AssistantPart, Json, Message, Model, ModelRequest, ToolMessage, UserPart } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DialectName } from '../dialect/dialect.ts';
import { dialects } from '../dialect/dialects.ts';
import { arbitraryMessage } from './arbitrary-message.ts';

const apiKey = 'key-of-the-test';
const providers: { readonly [name in DialectName]: (url: string) => Model } = {
  'openai-chat': (url) => openai({ model: 'plain', baseURL: url, apiKey, api: 'chat' }),
  'openai-responses': (url) => openai({ model: 'plain', baseURL: url, apiKey, api: 'responses' }),
  anthropic: (url) => anthropic({ model: 'claude-sonnet-4-5', baseURL: url, apiKey, request: { cache: 'off' } }),
  google: (url) => google({ model: 'gemini-3-flash', baseURL: url, apiKey }),
};

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const spec = { name: 'read', description: 'Reads.', inputSchema: schema };
const word = fc.string({ minLength: 1, maxLength: 10, unit: 'grapheme' }).filter((text) => text.trim() !== '');
const image: UserPart = { type: 'image', mediaType: 'image/png', data: 'iVBORw0KGgo=' };

/** Requests whose settings each of the four wires has a word for. */
const settings: fc.Arbitrary<Partial<ModelRequest>> = fc.record(
  {
    instructions: word,
    maxOutputTokens: fc.integer({ min: 1, max: 9999 }),
    toolChoice: fc.constantFrom('none' as const, 'required' as const, { tool: 'read' }),
    sampling: fc.constantFrom({ temperature: 0 }, { temperature: 0.5 }),
  },
  { requiredKeys: ['maxOutputTokens'] },
);

/** Conversations in which every call has its result: questions, answers with calls, results, and a last question. */
const conversation: fc.Arbitrary<readonly Message[]> = fc
  .array(
    fc.record({ said: word, seen: fc.boolean(), reply: arbitraryMessage({ states: false }), failed: fc.boolean() }),
    {
      maxLength: 3,
    },
  )
  .map((turns) => {
    const messages: Message[] = [];
    for (const [at, { said, seen, reply, failed }] of turns.entries()) {
      messages.push({ role: 'user', parts: [{ type: 'text', text: said }, ...(seen ? [image] : [])] });
      // Nobody takes back a thought without its signature.
      const parts = merged(reply.parts.filter((part) => part.type !== 'reasoning')).map((part): AssistantPart =>
        part.type === 'call' ? { ...part, callId: `call_${at}_${part.callId}` } : part,
      );
      if (parts.length === 0) continue;
      messages.push({ role: 'assistant', parts });
      for (const part of parts) if (part.type === 'call') messages.push(resultOf(part.callId, part.tool, failed));
    }
    return [...withoutRuns(messages), { role: 'user', parts: [{ type: 'text', text: 'last' }] }];
  });

function resultOf(callId: string, tool: string, failed: boolean): ToolMessage {
  return { role: 'tool', callId, tool, parts: [{ type: 'text', text: 'found' }], ...(failed ? { failed } : {}) };
}

function merged(parts: readonly AssistantPart[]): AssistantPart[] {
  const made: AssistantPart[] = [];
  for (const part of parts) {
    const last = made.at(-1);
    if (part.type === 'text' && last?.type === 'text') made[made.length - 1] = { ...part, text: last.text + part.text };
    else made.push(part);
  }
  return made;
}

/** Some vendors make one of two messages of a side in a row. */
function withoutRuns(messages: readonly Message[]): readonly Message[] {
  const kept = messages.filter((message, at) => message.role !== 'user' || messages[at + 1]?.role === 'assistant');
  return kept.at(-1)?.role === 'user' ? kept.slice(0, -1) : kept;
}

/** What a wire keeps: Chat Completions no order within a message, OpenAI no failure of a result, Gemini no id of another vendor. */
function keptBy(name: DialectName, messages: readonly Message[]): readonly Message[] {
  const ids = new Map<string, string>();
  const idOf = (callId: string): string => {
    if (name !== 'google') return callId;
    const known = ids.get(callId) ?? `call_${ids.size + 1}`;
    ids.set(callId, known);
    return known;
  };
  return messages.map((message) => {
    if (message.role === 'user') return message;
    if (message.role === 'tool') {
      const { failed, ...rest } = { ...message, callId: idOf(message.callId) };
      return name.startsWith('openai') || failed === undefined ? rest : { ...rest, failed };
    }
    const parts = message.parts.map((part) => (part.type === 'call' ? { ...part, callId: idOf(part.callId) } : part));
    if (name !== 'openai-chat') return { ...message, parts };
    const texts = merged(parts.filter((part) => part.type === 'text'));
    return { ...message, parts: [...texts, ...parts.filter((part) => part.type === 'call')] };
  });
}

test.each(Object.keys(dialects) as DialectName[])(
  'what our provider for %s sends is read as it was asked',
  async (name) => {
    const bodies: (Json | undefined)[] = [];
    await using server = await startLoopback(({ body }) => {
      bodies.push(body);
      return { status: 400, headers: { 'content-type': 'application/json' }, body: '{}' };
    });
    const model = providers[name](server.url);
    const { signal } = new AbortController();
    await fc.assert(
      fc.asyncProperty(conversation, settings, async (messages, more) => {
        const asked: ModelRequest = { tools: [spec], messages, ...more };
        await model
          .stream(asked, { signal })
          [Symbol.asyncIterator]()
          .next()
          .catch(() => undefined);
        const { request } = dialects[name].decode(bodies.at(-1), { model: 'm', stream: true });
        expect(request).toEqual({ ...asked, messages: keptBy(name, messages) });
      }),
      { numRuns: 60 },
    );
  },
);
