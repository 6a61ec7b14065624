import assert from 'node:assert/strict';
import { isCapstanError } from '../contract/errors.ts';
import type { AssistantMessage, Message } from '../contract/message.ts';
import type { Model, ModelEvent, ModelMessage, ModelRequest } from '../contract/model.ts';
import type { SuiteCase } from './suite.ts';

/** What the upstream of a model under test is made to reply. */
export type SuiteScene = 'text' | 'calls' | 'hang' | 'cut' | 'refused key' | 'overloaded';

/** Opens a model whose upstream plays a scene; see `modelSuite` for what each scene must reply. */
export type OpenModel = (scene: SuiteScene) => Promise<{ readonly model: Model; readonly close: () => Promise<void> }>;

/** The tool offered by every request of the suite. */
const lookup = {
  name: 'lookup',
  description: 'Looks a word up.',
  inputSchema: {
    type: 'object',
    properties: { word: { type: 'string' } },
    required: ['word'],
    additionalProperties: false,
  },
};

/**
 * The claims that every `Model` keeps.
 *
 * Scenes: `text` replies `Hello, wörld 👋` in several deltas; `calls` replies two calls of `lookup`, with
 * `{"word":"a"}` and `{"word":"b"}`; `hang` sends one delta of text and then nothing; `cut` sends one delta of text and
 * closes the connection; `refused key` and `overloaded` fail as the vendor fails.
 */
export function modelSuite(open: OpenModel): readonly SuiteCase[] {
  const one = (name: string, scene: SuiteScene, claim: (model: Model) => Promise<void>): SuiteCase => ({
    name,
    async run() {
      const { model, close } = await open(scene);
      await claim(model).finally(close);
    },
  });
  return [
    one('streams text whose deltas join to the message', 'text', async (model) => {
      const events = await collect(model, ask('greet'));
      const joined = events.map((event) => (event.type === 'text.delta' ? event.text : '')).join('');
      assert.equal(joined, 'Hello, wörld 👋');
      assert.equal(textOf(closing(events).message), joined);
      assert.equal(closing(events).stopReason, 'end');
      assert.ok(events.filter((event) => event.type === 'text.delta').length > 1, 'several deltas');
    }),
    one('closes with exactly one message, as the last event', 'text', async (model) => {
      const events = await collect(model, ask('greet'));
      assert.equal(events.filter((event) => event.type === 'message').length, 1);
      assert.equal(events.at(-1)?.type, 'message');
    }),
    one('reports usage as whole numbers, or none at all', 'text', async (model) => {
      const { usage } = closing(await collect(model, ask('greet')));
      if (!usage) return;
      for (const tokens of Object.values(usage)) assert.ok(tokens === true || Number.isInteger(tokens), String(tokens));
      assert.ok((usage.cachedInputTokens ?? 0) + (usage.cacheWriteTokens ?? 0) <= usage.inputTokens);
      assert.ok((usage.reasoningTokens ?? 0) <= usage.outputTokens);
    }),
    one('gives parallel calls with their own ids, deltas joining to their arguments', 'calls', async (model) => {
      const events = await collect(model, ask('look up'));
      const calls = closing(events).message.parts.flatMap((part) => (part.type === 'call' ? [part] : []));
      assert.deepEqual(
        calls.map((call) => [call.tool, JSON.parse(call.json)]),
        [
          ['lookup', { word: 'a' }],
          ['lookup', { word: 'b' }],
        ],
      );
      assert.equal(new Set(calls.map((call) => call.callId)).size, 2);
      for (const { callId, json } of calls) {
        const joined = events.map((event) =>
          event.type === 'tool.delta' && event.callId === callId ? event.json : '',
        );
        assert.equal(joined.join(''), json);
      }
      assert.equal(closing(events).stopReason, 'tools');
    }),
    one('tells no opaque state in a delta that the message does not hold', 'calls', async (model) => {
      const events = await collect(model, ask('look up'));
      const held = closing(events).message.parts.map((part) => JSON.stringify(part.provider));
      for (const event of events)
        if ('provider' in event) assert.ok(held.includes(JSON.stringify(event.provider)), JSON.stringify(event));
    }),
    one('takes a request that chooses tools and tokens', 'text', async (model) => {
      const sampling = {
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        stop: ['STOP'],
        presencePenalty: 0,
        frequencyPenalty: 0,
      };
      const more = { toolChoice: 'none', parallelCalls: false, sampling, reasoning: 'low' } as const;
      const events = await collect(model, { ...ask('greet'), ...more });
      assert.equal(closing(events).stopReason, 'end');
    }),
    one('takes its own message back, with results, in the next request', 'calls', async (model) => {
      const { message } = closing(await collect(model, ask('look up')));
      const results = message.parts.flatMap((part): Message[] =>
        part.type === 'call'
          ? [{ role: 'tool', callId: part.callId, tool: part.tool, parts: [{ type: 'text', text: 'found' }] }]
          : [],
      );
      const request = ask('look up');
      const events = await collect(model, { ...request, messages: [...request.messages, message, ...results] });
      assert.equal(events.at(-1)?.type, 'message');
    }),
    one('ends at once when the signal aborts', 'hang', async (model) => {
      const controller = new AbortController();
      const work = collect(model, ask('wait'), controller.signal, () => controller.abort());
      await assert.rejects(work, (error) => isCapstanError(error) && error.code === 'aborted');
    }),
    one('fails retryably when the stream ends without its closing message', 'cut', async (model) => {
      await assert.rejects(
        collect(model, ask('talk')),
        (error) => isCapstanError(error) && error.code === 'model_failed' && error.details.retryable === true,
      );
    }),
    one('tells a refused key, which is not retryable', 'refused key', async (model) => {
      await assert.rejects(
        collect(model, ask('greet')),
        (error) => isCapstanError(error) && error.code === 'auth_refused' && error.details.retryable !== true,
      );
    }),
    one('tells an overloaded vendor, which is retryable', 'overloaded', async (model) => {
      await assert.rejects(
        collect(model, ask('greet')),
        (error) => isCapstanError(error) && error.details.retryable === true,
      );
    }),
  ];
}

function ask(text: string): ModelRequest {
  const message: Message = { role: 'user', parts: [{ type: 'text', text }] };
  return { instructions: 'You are terse.', messages: [message], tools: [lookup], maxOutputTokens: 1000 };
}

async function collect(
  model: Model,
  request: ModelRequest,
  signal: AbortSignal = new AbortController().signal,
  onDelta: () => void = () => {},
): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, { signal })) {
    events.push(event);
    onDelta();
  }
  return events;
}

function closing(events: readonly ModelEvent[]): ModelMessage {
  const last = events.at(-1);
  assert.ok(last?.type === 'message', 'the last event is the message');
  return last;
}

function textOf(message: AssistantMessage): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
