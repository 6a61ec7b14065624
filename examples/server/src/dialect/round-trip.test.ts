import type { AssistantMessage, AssistantPart, ModelEvent, ModelMessage } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryDeltas, arbitraryMessage, closing } from '../testing/arbitrary-message.ts';
import { officialReaders } from '../testing/official-readers.ts';
import type { DialectName, Failure, ReplyContext } from './dialect.ts';
import { dialects } from './dialects.ts';
import { sealMark } from './seal.ts';

const context: ReplyContext = { id: 'r1', model: 'm', at: 1_767_225_600_000, wants: { includeUsage: true } };
const failure: Failure = { code: 'model_failed', message: 'The upstream is gone.', status: 502, requestId: 'req_1' };
const names = Object.keys(dialects) as DialectName[];

/** The model's last turn in the next request of a client, as the relay reads it. */
function takenBack(name: DialectName, reply: unknown): AssistantMessage | undefined {
  const { request } = dialects[name].decode(officialReaders[name].next(reply), { model: 'm' });
  return request.messages.findLast((message) => message.role === 'assistant');
}

/**
 * What a client of a dialect can give back. Chat Completions has no order of parts and no place for a state but the ids
 * of calls; the other dialects lose nothing.
 */
function kept(name: DialectName, { parts }: AssistantMessage, reasoningBack: boolean): AssistantMessage | undefined {
  if (name === 'openai-chat') return chatKept(parts, reasoningBack);
  if (name === 'anthropic') return { role: 'assistant', parts: answered(parts) };
  return { role: 'assistant', parts };
}

function chatKept(parts: readonly AssistantPart[], reasoningBack: boolean): AssistantMessage | undefined {
  const end = parts.findLastIndex((part) => part.type === 'call') + 1;
  const stated = parts.slice(0, end).some((part) => part.provider);
  const text = joined(parts, 'text');
  const thought = joined(parts, 'reasoning');
  const calls = parts.filter((part) => part.type === 'call');
  if (!stated) {
    const made: AssistantPart[] = [];
    if (thought !== '' && reasoningBack) made.push({ type: 'reasoning', text: thought });
    if (text !== '') made.push({ type: 'text', text });
    made.push(...calls);
    return { role: 'assistant', parts: made };
  }
  const rest = joined(parts.slice(end), 'text');
  return {
    role: 'assistant',
    parts: [...parts.slice(0, end), ...(rest === '' ? [] : [{ type: 'text', text: rest } as const])],
  };
}

/** To clients of Anthropic the last block is the answer, so another vendor's state is not told there. */
function answered(parts: readonly AssistantPart[]): readonly AssistantPart[] {
  const isState = (part: AssistantPart) =>
    part.type === 'reasoning' && part.text === '' && part.provider?.vendor !== 'anthropic';
  return parts.slice(0, parts.findLastIndex((part) => !isState(part)) + 1);
}

function joined(parts: readonly AssistantPart[], type: 'text' | 'reasoning'): string {
  return parts.map((part) => (part.type === type ? part.text : '')).join('');
}

/** A stream gives the state of its last text no place once the text was told. */
function streamed(name: DialectName, whole: AssistantMessage): AssistantMessage {
  const message: AssistantMessage = name === 'anthropic' ? { role: 'assistant', parts: answered(whole.parts) } : whole;
  const last = message.parts.at(-1);
  const vendor = last?.provider?.vendor;
  const own = (vendor === 'anthropic' && name === 'anthropic') || (vendor === 'openai' && name === 'openai-responses');
  if (last?.type !== 'text' || own || name === 'google') return message;
  return { ...message, parts: [...message.parts.slice(0, -1), { type: 'text', text: last.text }] };
}

describe.each(names)('%s', (name) => {
  const dialect = dialects[name];

  test.each([true, false])('gives back a whole reply as it was made (states: %s)', (states) => {
    fc.assert(
      fc.property(arbitraryMessage({ states }), (message) => {
        const reply = JSON.parse(JSON.stringify(dialect.encode(closing(message) as ModelMessage, context))) as unknown;
        expect(takenBack(name, reply)).toEqual(kept(name, message, true));
      }),
      { numRuns: 300 },
    );
  });

  test.each([true, false])('streams what the official SDK puts together again (states: %s)', async (states) => {
    const made = arbitraryMessage({ states }).chain((message) =>
      fc.tuple(fc.constant(message), arbitraryDeltas(message)),
    );
    await fc.assert(
      fc.asyncProperty(made, async ([message, events]) => {
        const encoder = dialect.stream(context);
        const stream = events.map((event) => encoder.encode(event)).join('');
        const taken = takenBack(name, await officialReaders[name].read(stream));
        const whole = kept(name, message, false);
        // The state of a last text is there unless it came after the text.
        expect([whole, kept(name, streamed(name, message), false)]).toContainEqual(taken);
      }),
      { numRuns: 150 },
    );
  });

  test('what a model without signatures thought and called is marked, so that it is not passed on as it is', () => {
    const parts = [
      { type: 'reasoning', text: 'Hm.' } as const,
      { type: 'call', callId: 'c', tool: 't', json: '{}' } as const,
    ];
    const message: AssistantMessage = { role: 'assistant', parts };
    const whole = JSON.stringify(dialect.encode(closing(message) as ModelMessage, context));
    // Chat Completions checks neither thoughts nor calls.
    expect(whole.includes(sealMark)).toBe(name !== 'openai-chat');
    expect(dialect.stream(context).encode(closing(message)).includes(sealMark)).toBe(name !== 'openai-chat');
  });

  test('a message without deltas is streamed as well', async () => {
    const message: AssistantMessage = { role: 'assistant', parts: [{ type: 'text', text: 'whole' }] };
    const stream = dialect.stream(context).encode(closing(message));
    expect(takenBack(name, await officialReaders[name].read(stream))).toEqual(message);
  });

  test('a stream that fails is an error to the official SDK, wherever it was', async () => {
    const made = arbitraryMessage({ states: true }).chain((message) =>
      fc.tuple(arbitraryDeltas(message), fc.nat({ max: 20 })),
    );
    await fc.assert(
      fc.asyncProperty(made, async ([events, at]) => {
        const encoder = dialect.stream(context);
        const begun = events.slice(0, Math.min(at, events.length - 1));
        const stream = begun.map((event) => encoder.encode(event)).join('') + encoder.fail(failure);
        await expect(officialReaders[name].read(stream)).rejects.toThrow();
        expect(stream).not.toContain('[DONE]');
        expect(stream).not.toContain('message_stop');
        expect(stream).not.toContain('response.completed');
      }),
      { numRuns: 60 },
    );
  });

  test('keep-alives between any two pieces change nothing', async () => {
    const message: AssistantMessage = {
      role: 'assistant',
      parts: [
        { type: 'text', text: 'I look.' },
        { type: 'call', callId: 'call_1', tool: 'read', json: '{"path":"a"}' },
      ],
    };
    const events: ModelEvent[] = [
      { type: 'text.delta', text: 'I ' },
      { type: 'text.delta', text: 'look.' },
      { type: 'tool.delta', callId: 'call_1', tool: 'read', json: '{"path"' },
      { type: 'tool.delta', callId: 'call_1', tool: 'read', json: ':"a"}' },
      closing(message),
    ];
    const encoder = dialect.stream(context);
    const stream = events.map((event) => encoder.encode(event) + encoder.keepAlive).join('');
    expect(takenBack(name, await officialReaders[name].read(stream))).toEqual(message);
  });
});
