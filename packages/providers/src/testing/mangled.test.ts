import { readdirSync, readFileSync } from 'node:fs';
import { isCapstanError, type ModelEvent } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageDecoder } from '../anthropic/decode.ts';
import { generateDecoder } from '../google/decode.ts';
import { chatDecoder } from '../ollama/decode.ts';
import { sseDecoder } from '../wire/sse.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';

const asked = { model: 'vendor/model', vendor: 'vendor' };

function recorded(vendor: string): unknown[][] {
  const folder = new URL(`../${vendor}/__fixtures__/`, import.meta.url);
  return readdirSync(folder).map((name) =>
    sseDecoder()
      .push(readFileSync(new URL(name, folder)))
      .map(({ data }) => JSON.parse(data) as unknown),
  );
}

const ollamaReply = [
  { message: { role: 'assistant', content: '', thinking: 'hm' }, done: false },
  { message: { content: 'hello' }, done: false },
  {
    message: {
      content: '',
      tool_calls: [{ id: 'c1', function: { index: 0, name: 'read', arguments: { path: 'a' } } }],
    },
    done: false,
  },
  { message: { content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 4 },
];

const vendors: readonly (readonly [string, unknown[][], () => ReplyDecoder])[] = [
  ['anthropic', recorded('anthropic'), () => messageDecoder(asked)],
  ['google', recorded('google'), () => generateDecoder(asked)],
  ['ollama', [ollamaReply], () => chatDecoder(asked)],
];

const junk = fc.oneof(
  fc.constantFrom(null, true, 5, -1, '', 'STOP', [], {}, [null], [[]], { text: 5 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Replaces the value at the nth place of a JSON tree, counted depth first. */
function mangle(value: unknown, place: { at: number }, by: unknown): unknown {
  place.at -= 1;
  if (place.at === -1) return by;
  if (Array.isArray(value)) return value.map((item) => mangle(item, place, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mangle(item, place, by)]));
}

function expectWellFormed(events: readonly ModelEvent[]): void {
  for (const event of events) {
    if (event.type === 'text.delta' || event.type === 'reasoning.delta') expect(event.text).toBeTypeOf('string');
    if (event.type === 'tool.delta')
      expect([typeof event.callId, typeof event.tool, typeof event.json]).toEqual(['string', 'string', 'string']);
    if (event.type !== 'message') continue;
    for (const part of event.message.parts) expect(part.type === 'call' ? part.json : part.text).toBeTypeOf('string');
    for (const tokens of Object.values(event.usage ?? {}))
      expect(Number.isInteger(tokens) || Number.isFinite(tokens)).toBe(true);
    const told = events.map((one) => (one.type === 'text.delta' ? one.text : '')).join('');
    expect(event.message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')).toBe(told);
  }
}

test.each(vendors)(
  'a reply of %s in which something is of the wrong shape fails as a model or not at all',
  (_, replies, make) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...replies),
        fc.array(fc.tuple(fc.nat(400), junk), { minLength: 1, maxLength: 3 }),
        (reply, changes) => {
          const mangled = changes.reduce<unknown>((whole, [at, by]) => mangle(whole, { at: at + 1 }, by), reply);
          const decoder = make();
          const events: ModelEvent[] = [];
          try {
            for (const event of mangled as unknown[]) {
              decoder.push({ event: undefined, data: JSON.stringify(event) }, events);
              if (events.at(-1)?.type === 'message') break;
            }
            if (events.at(-1)?.type !== 'message') decoder.end(events);
            decoder.usage();
          } catch (error) {
            if (!isCapstanError(error)) throw error;
          }
          expectWellFormed(events);
        },
      ),
      { numRuns: 2000 },
    );
  },
);
