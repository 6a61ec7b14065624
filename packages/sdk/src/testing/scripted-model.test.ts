import { expect, test } from 'vitest';
import { CapstanError } from '../contract/errors.ts';
import type { ModelEvent } from '../contract/model.ts';
import type { SuiteScene } from './model-suite.ts';
import { modelSuite } from './model-suite.ts';
import type { ScriptedReply } from './scripted-model.ts';
import { scriptedModel } from './scripted-model.ts';

const scenes: Record<SuiteScene, ScriptedReply> = {
  text: { text: 'Hello, wörld 👋', chunkChars: 5 },
  calls: {
    calls: [
      { tool: 'lookup', input: { word: 'a' } },
      { tool: 'lookup', input: { word: 'b' } },
    ],
    chunkChars: 3,
  },
  hang: { text: 'wait', hang: true },
  cut: { text: 'half', error: new CapstanError('model_failed', 'The stream ended early.', { retryable: true }) },
  'refused key': { error: new CapstanError('auth_refused', 'The key was refused.') },
  overloaded: { error: new CapstanError('model_failed', 'Overloaded.', { retryable: true }) },
};

for (const { name, run } of modelSuite(async (scene) => ({
  model: scriptedModel(() => scenes[scene]),
  close: async () => {},
}))) {
  test(`a scripted model ${name}`, run);
}

test('a reply longer than the output limit is cut there', async () => {
  const model = scriptedModel([{ text: 'x'.repeat(400), chunkChars: 40 }]);
  const request = { messages: [], tools: [], maxOutputTokens: 50 };
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, { signal: new AbortController().signal })) events.push(event);
  expect(events.at(-1)).toMatchObject({ type: 'message', stopReason: 'length', usage: { outputTokens: 50 } });
});
