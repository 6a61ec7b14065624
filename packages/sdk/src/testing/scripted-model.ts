import { setTimeout as wait } from 'node:timers/promises';
import { estimateTokens } from '../budget/estimate.ts';
import { CapstanError } from '../contract/errors.ts';
import type { Json } from '../contract/json.ts';
import type { AssistantPart, ToolCallPart } from '../contract/message.ts';
import type { Model, ModelEvent, ModelInfo, ModelRequest, StopReason } from '../contract/model.ts';
import type { Usage } from '../contract/usage.ts';

/** One reply of a scripted model. */
export interface ScriptedReply {
  readonly reasoning?: string;
  readonly text?: string;
  readonly calls?: readonly ScriptedCall[];
  /** Default: counted from the request and the reply, a token for four characters. */
  readonly usage?: Usage | 'none';
  /** Default: `tools` with calls, else `end`. */
  readonly stopReason?: StopReason;
  /** Milliseconds before each delta. Default 0: none. */
  readonly delayMs?: number;
  /** Characters a delta. Default: the whole text is one delta. */
  readonly chunkChars?: number;
  /** Thrown instead of the closing message, after the deltas. */
  readonly error?: Error;
  /** Deltas are followed by silence until the signal aborts. */
  readonly hang?: boolean;
}

export interface ScriptedCall {
  readonly tool: string;
  /** The arguments as a value. */
  readonly input?: Json;
  /** The arguments as the model writes them, for broken JSON. Wins over `input`. */
  readonly json?: string;
  /** Default: `call-<request>-<position>`. */
  readonly id?: string;
}

/** Replies in order, or a function of the request and its number from 0. */
export type Script =
  | readonly ScriptedReply[]
  | ((request: ModelRequest, index: number) => ScriptedReply | Promise<ScriptedReply>);

/** A model that says what its script says, and keeps the requests it was sent. */
export interface ScriptedModel extends Model {
  /** Requests so far, each with its messages as they were then. */
  readonly requests: readonly ModelRequest[];
}

/**
 * Makes a model for tests and demonstrations. It honours the output limit as a vendor does: a reply that is longer is
 * cut there and closed with `length`.
 *
 * @param options Replaces its id (`scripted/model`) and info (local, price 0).
 */
export function scriptedModel(
  script: Script,
  options: { readonly id?: string; readonly info?: ModelInfo } = {},
): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    id: options.id ?? 'scripted/model',
    info: options.info ?? { tools: true, local: true, price: { input: 0, output: 0 } },
    requests,
    async *stream(request, { signal }) {
      const index = requests.length;
      requests.push({ ...request, messages: [...request.messages] });
      const reply = typeof script === 'function' ? await script(request, index) : script[index];
      if (!reply) throw new CapstanError('model_failed', `The script has no reply for request ${index + 1}.`);
      yield* play(reply, { request, index, signal });
    },
    countTokens: countRequest,
  };
}

interface Scene {
  readonly request: ModelRequest;
  readonly index: number;
  readonly signal: AbortSignal;
}

async function* play(reply: ScriptedReply, { request, index, signal }: Scene): AsyncGenerator<ModelEvent> {
  const limit = request.maxOutputTokens ?? Infinity;
  let spent = 0;
  for (const delta of deltasOf(reply, index)) {
    if (signal.aborted) throw aborted();
    if (reply.delayMs) await pause(reply.delayMs, signal);
    const cost = estimateTokens('json' in delta ? delta.json : delta.text);
    if (spent + cost > limit) return yield closing(reply, { request, index, signal }, spent, 'length');
    spent += cost;
    yield delta;
  }
  if (reply.hang) await pause(2 ** 31 - 1, signal);
  if (signal.aborted) throw aborted();
  if (reply.error) throw reply.error;
  yield closing(reply, { request, index, signal }, spent);
}

type Delta = Exclude<ModelEvent, { type: 'message' | 'switch' }>;

function* deltasOf(reply: ScriptedReply, index: number): Generator<Delta> {
  const size = reply.chunkChars ?? Infinity;
  for (const text of chunks(reply.reasoning ?? '', size)) yield { type: 'reasoning.delta', text };
  for (const text of chunks(reply.text ?? '', size)) yield { type: 'text.delta', text };
  for (const { callId, tool, json } of callParts(reply, index)) {
    for (const piece of chunks(json, size)) yield { type: 'tool.delta', callId, tool, json: piece };
  }
}

function* chunks(text: string, size: number): Generator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

function callParts({ calls = [] }: ScriptedReply, index: number): ToolCallPart[] {
  return calls.map(({ tool, input = {}, json, id }, i) => ({
    type: 'call',
    callId: id ?? `call-${index}-${i}`,
    tool,
    json: json ?? JSON.stringify(input),
  }));
}

function closing(reply: ScriptedReply, { request, index }: Scene, spent: number, cut?: 'length'): ModelEvent {
  const parts: AssistantPart[] = [];
  if (reply.reasoning) parts.push({ type: 'reasoning', text: reply.reasoning });
  if (reply.text) parts.push({ type: 'text', text: cut ? reply.text.slice(0, Math.floor(spent * 4)) : reply.text });
  const calls = callParts(reply, index);
  if (!cut) parts.push(...calls);
  const own = { inputTokens: countRequest(request), outputTokens: Math.ceil(spent) };
  const usage = reply.usage === 'none' ? undefined : (reply.usage ?? own);
  const stopReason = cut ?? reply.stopReason ?? (calls.length > 0 ? 'tools' : 'end');
  return { type: 'message', message: { role: 'assistant', parts }, stopReason, ...(usage ? { usage } : {}) };
}

function countRequest({ instructions = '', messages, tools }: ModelRequest): number {
  const text = JSON.stringify(messages) + instructions + (tools.length > 0 ? JSON.stringify(tools) : '');
  return Math.ceil(estimateTokens(text));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {
    throw aborted();
  });
}

function aborted(): CapstanError {
  return new CapstanError('aborted', 'The scripted reply was stopped.');
}
