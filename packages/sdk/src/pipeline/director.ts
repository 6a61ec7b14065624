import type { Json } from '../contract/json.ts';
import type { AssistantPart, Message } from '../contract/message.ts';
import type { CapstanError } from '../contract/errors.ts';
import type { Model, ModelRequest } from '../contract/model.ts';

/** One call of a directed run, and how it came out. */
export interface CallRecord {
  readonly callId: string;
  readonly tool: string;
  readonly input: Json;
  readonly outcome: 'done' | 'failed' | 'interrupted';
  /** What the tool gave, or why it failed. */
  readonly text: string;
}

/** What a directed run has come to. */
export interface History {
  /** What the run was given. */
  readonly input: Json;
  readonly records: readonly CallRecord[];
  /** Words of the user that came since the last calls. */
  readonly notes: readonly string[];
}

export type Move =
  | { readonly calls: readonly { readonly tool: string; readonly input: Json }[] }
  | { readonly done: Json }
  | { readonly failed: CapstanError };

/**
 * Makes the model of a run whose next step is worked out from what has happened, not asked of a language model. So such a
 * run is stored, followed, stopped, budgeted and resumed like any other.
 *
 * @param direct Must give the same for the same history.
 */
export function directorModel(id: string, direct: (history: History) => Move): Model {
  return {
    id,
    info: { tools: true, local: true, price: { input: 0, output: 0 } },
    countTokens: () => 0,
    async *stream({ messages }: ModelRequest) {
      const move = direct(historyOf(messages));
      if ('failed' in move) throw move.failed;
      const parts =
        'done' in move ? [{ type: 'text' as const, text: JSON.stringify(move.done) }] : callParts(move, messages);
      yield {
        type: 'message',
        message: { role: 'assistant', parts },
        stopReason: 'done' in move ? 'end' : 'tools',
        usage: { inputTokens: 0, outputTokens: 0 },
      };
    },
  };
}

function callParts(
  { calls }: Extract<Move, { calls: unknown }>,
  messages: readonly Message[],
): readonly AssistantPart[] {
  const before = messages.flatMap((message) => (message.role === 'assistant' ? message.parts : []));
  const made = before.filter((part) => part.type === 'call').length;
  return calls.map(({ tool, input }, i) => ({
    type: 'call',
    callId: `${tool}-${made + i + 1}`,
    tool,
    json: JSON.stringify(input),
  }));
}

/** What a directed run is given, as its first message says it: marked, since a session may have had other runs. */
interface Order {
  readonly run: string;
  readonly input: Json;
}

/** Puts an order into words; `historyOf` finds it again. */
export function orderText(order: Order): string {
  return JSON.stringify(order);
}

function orderIn(message: Message): Order | undefined {
  if (message.role !== 'user') return undefined;
  try {
    const order = JSON.parse(textOf(message)) as Partial<Order> | null;
    return order && typeof order === 'object' && typeof order.run === 'string' && 'input' in order
      ? (order as Order)
      : undefined;
  } catch {
    return undefined;
  }
}

function historyOf(messages: readonly Message[]): History {
  const at = messages.findLastIndex((message) => orderIn(message) !== undefined);
  const first = messages[at];
  const results = new Map(messages.flatMap((message) => (message.role === 'tool' ? [[message.callId, message]] : [])));
  const records: CallRecord[] = [];
  let notes: string[] = [];
  for (const message of messages.slice(at + 1)) {
    if (message.role === 'user') notes.push(textOf(message));
    if (message.role !== 'assistant') continue;
    notes = [];
    for (const part of message.parts) {
      const result = part.type === 'call' ? results.get(part.callId) : undefined;
      if (part.type !== 'call' || !result) continue;
      const outcome = result.interrupted ? 'interrupted' : result.failed ? 'failed' : 'done';
      const { callId, tool, json } = part;
      records.push({ callId, tool, input: JSON.parse(json) as Json, outcome, text: textOf(result) });
    }
  }
  return { input: (first && orderIn(first)?.input) ?? null, records, notes };
}

function textOf({ parts }: Message): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
