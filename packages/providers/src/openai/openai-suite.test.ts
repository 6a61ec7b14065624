import { modelSuite, type SuiteScene } from '@capstan/sdk/testing';
import { describe, test } from 'vitest';
import { openaiServer } from '../testing/openai-server.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { openai } from './openai.ts';

const usage = { inputTokens: 20, outputTokens: 9, cachedInputTokens: 4, reasoningTokens: 0 };
const scenes: { readonly [scene in SuiteScene]: ScriptedReply } = {
  text: { text: 'Hello, wörld 👋', usage },
  calls: {
    calls: [
      { tool: 'lookup', input: { word: 'a' } },
      { tool: 'lookup', input: { word: 'b' } },
    ],
    usage,
  },
  hang: { text: 'a text that is long enough to come in pieces', fault: { kind: 'hang' } },
  cut: { text: 'a text that is long enough to come in pieces', fault: { kind: 'cut' } },
  'refused key': { fault: { kind: 'status', status: 401, message: 'Incorrect API key provided: sk-abc.' } },
  overloaded: { fault: { kind: 'status', status: 503, message: 'Overloaded' } },
};

for (const api of ['chat', 'responses'] as const) {
  describe(`a model over ${api}`, () => {
    const suite = modelSuite(async (scene) => {
      const server = await openaiServer([scenes[scene]]);
      return {
        model: openai({ model: 'loopback-1', apiKey: 'k', baseURL: `${server.url}/v1`, api }),
        close: () => server.close(),
      };
    });
    for (const { name, run } of suite) test(name, run);
  });
}
