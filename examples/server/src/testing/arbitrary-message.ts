import type { AssistantMessage, AssistantPart, Json, ModelEvent, ProviderState } from '@capstan/sdk/contract';
import fc from 'fast-check';

/** Vendors whose states a message may hold; the last is none of the relay's dialects. */
const vendors = ['anthropic', 'openai', 'google', 'elsewhere'] as const;
type Vendor = (typeof vendors)[number];

const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((text) => text.trim() !== '');
const token = fc.stringMatching(/^[A-Za-z0-9+/]{8,24}$/);
const args = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(word, fc.integer(), fc.boolean()), {
  maxKeys: 3,
});

/** The state that a vendor gives a part of a kind; `undefined` where it gives none. */
function stateOf(vendor: Vendor, kind: AssistantPart['type'], { text, id, secret }: Shape): ProviderState | undefined {
  const data = dataOf(vendor, kind, { text, id, secret });
  return data === undefined ? undefined : { vendor, data };
}

interface Shape {
  readonly text: string;
  readonly id: string;
  readonly secret: string;
}

function dataOf(vendor: Vendor, kind: AssistantPart['type'], { text, id, secret }: Shape): Json | undefined {
  switch (`${vendor} ${kind}`) {
    case 'anthropic reasoning':
      return text === '' ? { block: { type: 'redacted_thinking', data: secret } } : { signature: secret };
    case 'anthropic text':
      return { citations: [{ type: 'char_location', cited_text: secret }] };
    case 'anthropic call':
      return { caller: { type: 'code_execution_20260120', tool_id: secret } };
    case 'openai reasoning':
      return { type: 'reasoning', id: `rs_${id}`, summary: [], encrypted_content: secret };
    case 'openai text':
      return { phase: 'commentary' };
    case 'openai call':
      return undefined;
    case 'google reasoning':
      return text === '' ? { part: { executableCode: { code: secret } } } : { signature: secret };
    case 'google text':
      return { signature: secret };
    case 'google call':
      return { id, signature: secret };
    default:
      return { kept: [secret, { deep: null }] };
  }
}

/**
 * Messages as models make them: thoughts, text and calls in any order, with the states of one vendor or with none.
 *
 * @param options.states Whether parts have states.
 */
export function arbitraryMessage({ states }: { readonly states: boolean }): fc.Arbitrary<AssistantMessage> {
  const part = fc.record({
    kind: fc.constantFrom('text', 'reasoning', 'call'),
    text: word,
    silent: fc.boolean(),
    tool: fc.constantFrom('read', 'write_file'),
    input: args,
    secret: token,
  });
  return fc
    .record({ vendor: fc.constantFrom(...vendors), parts: fc.array(part, { minLength: 1, maxLength: 7 }) })
    .map(({ vendor, parts }) => {
      const made: AssistantPart[] = [];
      for (const [index, { kind, text: words, silent, tool, input, secret }] of parts.entries()) {
        const text = kind === 'reasoning' && silent && states ? '' : words;
        const id = `call_${index}_${tool}`;
        const provider = states ? stateOf(vendor, kind, { text, id, secret }) : undefined;
        const state = provider ? { provider } : {};
        const last = made.at(-1);
        // Without a state between them two parts of a kind are one.
        if (kind !== 'call' && last?.type === kind && last.provider === undefined) continue;
        if (kind === 'call') made.push({ type: 'call', callId: id, tool, json: JSON.stringify(input), ...state });
        else made.push({ type: kind, text, ...state });
      }
      return { role: 'assistant', parts: made };
    });
}

/** The stream that makes a message: its texts cut at random, each state with the last delta of its part or after it. */
export function arbitraryDeltas(message: AssistantMessage): fc.Arbitrary<readonly ModelEvent[]> {
  return fc
    .tuple(...message.parts.map((part) => partDeltas(part)))
    .map((events) => [...events.flat(), closing(message)]);
}

/** The event that closes a message. */
export function closing(message: AssistantMessage): ModelEvent {
  const stopReason = message.parts.some((part) => part.type === 'call') ? 'tools' : 'end';
  const usage = { inputTokens: 120, outputTokens: 30, cachedInputTokens: 20, reasoningTokens: 7 };
  return { type: 'message', message, stopReason, usage };
}

function partDeltas(part: AssistantPart): fc.Arbitrary<readonly ModelEvent[]> {
  const whole = part.type === 'call' ? part.json : part.text;
  const state = part.provider ? { provider: part.provider } : {};
  return fc.record({ size: fc.integer({ min: 1, max: 8 }), late: fc.boolean() }).map(({ size, late }): ModelEvent[] => {
    const pieces = cut(whole, size);
    if (part.type === 'call') {
      const { callId, tool } = part;
      return pieces.map((json, index) => ({ type: 'tool.delta', callId, tool, json, ...(index === 0 ? state : {}) }));
    }
    const type = `${part.type}.delta` as const;
    if (late || whole === '') {
      const end: ModelEvent[] = part.provider || whole === '' ? [{ type, text: '', ...state }] : [];
      return [...pieces.filter(Boolean).map((text): ModelEvent => ({ type, text })), ...end];
    }
    return pieces.map((text, index) => ({ type, text, ...(index === pieces.length - 1 ? state : {}) }));
  });
}

function cut(text: string, size: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; from += size) pieces.push(text.slice(from, from + size));
  return pieces.length > 0 ? pieces : [''];
}
