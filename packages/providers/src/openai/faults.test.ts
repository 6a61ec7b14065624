import { describe, expect, test } from 'vitest';
import { faultSuite } from '../testing/fault-suite.ts';
import { openaiServer } from '../testing/openai-server.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { timeoutsFor } from '../testing/timeouts-for.ts';
import { openai } from './openai.ts';

const key = 'sk-planted-0123456789abcdef';

function opener(api: 'chat' | 'responses') {
  return async (reply: ScriptedReply) => {
    const server = await openaiServer([reply]);
    const timeouts = timeoutsFor(reply);
    const model = openai({ model: 'loopback-1', apiKey: key, baseURL: `${server.url}/v1`, api, timeouts });
    return { model, server, close: () => server.close() };
  };
}

for (const api of ['chat', 'responses'] as const) {
  describe(`over ${api}`, () => {
    for (const { name, run } of faultSuite({ key, open: opener(api) })) test(name, run);

    test('an overloaded vendor inside a stream is retryable', async () => {
      const { model, close } = await opener(api)({ text: 'a text that is long enough', fault: { kind: 'overloaded' } });
      await expect(drain(model)).rejects.toMatchObject({ code: 'model_failed', details: { retryable: true } });
      await close();
    });
  });
}

async function drain(model: ReturnType<typeof openai>): Promise<void> {
  const request = { messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }], tools: [] };
  for await (const _ of model.stream(request, { signal: new AbortController().signal })) void _;
}

async function refused(reply: ScriptedReply): Promise<unknown> {
  const { model, close } = await opener('chat')(reply);
  return drain(model)
    .catch((error: unknown) => error)
    .finally(close);
}

test.each([
  [400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."],
  [400, 'Your input exceeds the context window of this model. Please adjust your input and try again.'],
  [400, 'the request exceeds the available context size. try increasing the context size or enable context shift'],
  [400, "This endpoint's maximum context length is 131072 tokens. However, you requested about 200000 tokens"],
  [500, 'The number of tokens to keep from the initial prompt is greater than the context length'],
])('%i "%s" is a context overflow', async (status, message) => {
  expect(await refused({ fault: { kind: 'status', status, message } })).toMatchObject({ code: 'context_overflow' });
});

test.each([
  [429, 'You exceeded your current quota, please check your plan and billing details.'],
  [402, 'Insufficient credits'],
  [400, 'Insufficient Balance'],
])('%i "%s" is a quota that waiting does not mend', async (status, message) => {
  const error = await refused({ fault: { kind: 'status', status, message } });
  expect(error).toMatchObject({ code: 'rate_limited', details: { retryable: false } });
});

test('a vendor that forbids to retry is obeyed', async () => {
  const error = await refused({ fault: { kind: 'status', status: 500, headers: { 'x-should-retry': 'false' } } });
  expect(error).toMatchObject({ code: 'model_failed', details: { retryable: false } });
});

test('a port where nothing listens says so', async () => {
  const model = openai({ model: 'm', apiKey: key, baseURL: 'http://127.0.0.1:9/v1' });
  await expect(drain(model)).rejects.toMatchObject({
    code: 'model_failed',
    message: expect.stringContaining('nothing listens there'),
    details: { retryable: true, where: 'network' },
  });
});

test('a base URL that is none is the caller’s to mend', async () => {
  const model = openai({ model: 'm', apiKey: key, baseURL: 'ftp://example' });
  await expect(drain(model)).rejects.toMatchObject({ code: 'invalid_config', details: { where: 'baseURL' } });
});
