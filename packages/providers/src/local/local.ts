import { basename } from 'node:path';
import {
  CapstanError,
  type JsonSchema,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type Usage,
} from '@capstan/sdk/contract';
import type { ChatHistoryItem, ChatModelFunctions, LlamaGrammar } from 'node-llama-cpp';
import { type Engine, loadEngine } from './engine.ts';
import { grammarSchema } from './grammar.ts';
import { historyOf } from './history.ts';
import type { LocalOptions } from './options.ts';
import { openReply } from './reply.ts';

/** A model in this process. Closing it frees its memory. */
export interface LocalModel extends Model, AsyncDisposable {
  /** Loads the model now rather than at its first call. */
  load(options?: { readonly signal?: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes a model that runs in this process, from a GGUF file. Needs the package `node-llama-cpp`, which the first call
 * loads, and no key and no network.
 *
 * The arguments of calls, and answers of a schema, are held to their schema by a grammar while they are written. One
 * reply is made at a time; further calls wait for their turn.
 */
export function local(options: LocalOptions): LocalModel {
  const id = `local/${basename(options.model)}`;
  let loading: Promise<Engine> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  function engine(signal: AbortSignal): Promise<Engine> {
    loading ??= loadEngine(options, signal).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  async function* stream(
    request: ModelRequest,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<ModelEvent, void, undefined> {
    stopIf(signal, id);
    const before = turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    turn = before.then(() => promise);
    try {
      await orAborted(before, signal);
      stopIf(signal, id);
      yield* speak(await engine(signal), request, { id, signal, temperature: options.temperature ?? 0.7 });
    } finally {
      resolve();
    }
  }

  async function close(): Promise<void> {
    const loaded = loading;
    loading = undefined;
    await turn;
    await loaded?.then((one) => one.close());
  }

  return {
    id,
    info: {
      local: true,
      tools: true,
      vision: false,
      price: { input: 0, output: 0 },
      ...(options.contextTokens === undefined ? {} : { contextWindow: options.contextTokens }),
      ...options.info,
    },
    stream,
    close,
    load: async ({ signal = new AbortController().signal } = {}) => void (await engine(signal)),
    [Symbol.asyncDispose]: close,
  };
}

interface Speaking {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly temperature: number;
}

async function* speak(
  engine: Engine,
  request: ModelRequest,
  { id, signal, temperature }: Speaking,
): AsyncGenerator<ModelEvent, void, undefined> {
  const history = historyOf(request);
  const functions = functionsOf(request);
  const prompt = promptTokens(engine, history, functions);
  const room = engine.sequence.contextSize - prompt - 1;
  if (room < 1) throw overflow(id, prompt, engine.sequence.contextSize);
  const meter = engine.sequence.tokenMeter.getState();
  const usage = (): Usage => {
    const { usedInputTokens, usedOutputTokens } = engine.sequence.tokenMeter.diff(meter);
    const read = Math.max(0, engine.sequence.nextTokenIndex - usedOutputTokens);
    return {
      inputTokens: read,
      outputTokens: usedOutputTokens,
      cachedInputTokens: Math.max(0, read - usedInputTokens),
    };
  };

  const left = new AbortController();
  const queue = eventQueue();
  const reply = openReply(queue.push);
  const common = {
    signal: AbortSignal.any([signal, left.signal]),
    maxTokens: Math.min(request.maxOutputTokens ?? room, room),
    temperature: request.sampling?.temperature ?? temperature,
    ...samplingOf(request),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    onResponseChunk: reply.onResponseChunk,
  };
  const grammar = functions === undefined && request.output ? await grammarOf(engine, request.output) : undefined;
  const generating = engine.chat
    .generateResponse(
      history,
      functions
        ? { ...common, functions, onFunctionCallParamsChunk: reply.onFunctionCallParamsChunk }
        : { ...common, ...(grammar ? { grammar } : {}) },
    )
    .finally(queue.end);
  // Looked at below; until then a slow reader is no reason to call it unhandled.
  generating.catch(() => {});
  try {
    yield* queue.events();
    const { parts, stopReason } = reply.close(await generating);
    yield* queue.events();
    yield { type: 'message', message: { role: 'assistant', parts }, stopReason, usage: usage() };
  } catch (error) {
    if (signal.aborted)
      throw new CapstanError('aborted', `The call of ${id} was stopped.`, { model: id, usage: usage() });
    throw new CapstanError(
      'model_failed',
      `${id} failed: ${(error as Error).message}.`,
      { retryable: false, model: id, usage: usage() },
      { cause: error },
    );
  } finally {
    // A reader that leaves early ends the reply; the next one may begin only then.
    left.abort();
    await generating.catch(() => {});
  }
}

/** What the model will read, counted by its own tokenizer. */
function promptTokens(
  { chat, model }: Engine,
  chatHistory: readonly ChatHistoryItem[],
  functions: ChatModelFunctions | undefined,
): number {
  const { contextText } = chat.chatWrapper.generateContextState({
    chatHistory: [...chatHistory],
    ...(functions ? { availableFunctions: functions, documentFunctionParams: true } : {}),
  });
  return contextText.tokenize(model.tokenizer).length;
}

/** The engine takes a penalty for presence and frequency too, but with a window of its own; they are left out. */
function samplingOf({ sampling = {} }: ModelRequest) {
  const { topP, topK, stop } = sampling;
  return {
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(stop?.length ? { customStopTriggers: [...stop] } : {}),
  };
}

function functionsOf({ tools, toolChoice }: ModelRequest): ChatModelFunctions | undefined {
  if (tools.length === 0 || toolChoice === 'none') return undefined;
  return Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [name, { description, params: grammarSchema(inputSchema) }]),
  );
}

async function grammarOf({ llama }: Engine, schema: JsonSchema): Promise<LlamaGrammar> {
  return llama.createGrammarForJsonSchema(grammarSchema(schema) as never);
}

interface EventQueue {
  readonly push: (event: ModelEvent) => void;
  readonly end: () => void;
  /** Gives what is there and what comes, until the end. */
  readonly events: () => AsyncGenerator<ModelEvent, void, undefined>;
}

function eventQueue(): EventQueue {
  const waiting: ModelEvent[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const rouse = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    push(event) {
      waiting.push(event);
      rouse();
    },
    end() {
      ended = true;
      rouse();
    },
    async *events() {
      for (;;) {
        yield* waiting.splice(0);
        if (waiting.length > 0) continue;
        if (ended) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** Waits for a promise, but no longer than until the signal aborts. */
async function orAborted(waited: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([waited, promise]);
  signal.removeEventListener('abort', stop);
}

function stopIf(signal: AbortSignal, id: string): void {
  if (signal.aborted) throw new CapstanError('aborted', `The call of ${id} was stopped.`, { model: id });
}

function overflow(id: string, tokens: number, most: number): CapstanError {
  return new CapstanError(
    'context_overflow',
    `${id} takes no prompt of ${tokens} tokens: its context holds ${most}. Compact or shorten the conversation, or set contextTokens.`,
    { retryable: false, model: id },
  );
}
