import { expect, test } from 'vitest';
import { anthropicServer } from '../testing/anthropic-server.ts';
import { faultSuite } from '../testing/fault-suite.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { timeoutsFor } from '../testing/timeouts-for.ts';
import { anthropic } from './anthropic.ts';

const key = 'sk-ant-planted-0123456789abcdef';

async function open(reply: ScriptedReply) {
  const server = await anthropicServer([reply]);
  const model = anthropic({
    model: 'claude-sonnet-4-5',
    apiKey: key,
    baseURL: server.url,
    timeouts: timeoutsFor(reply),
  });
  return { model, close: () => server.close() };
}

for (const { name, run } of faultSuite({ key, open })) test(name, run);

async function refused(reply: ScriptedReply): Promise<unknown> {
  const { model, close } = await open(reply);
  const request = { messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }], tools: [] };
  const events = model.stream(request, { signal: new AbortController().signal })[Symbol.asyncIterator]();
  return events
    .next()
    .catch((error: unknown) => error)
    .finally(close);
}

test.each([
  'prompt is too long: 212345 tokens > 200000 maximum',
  'input length and `max_tokens` exceed context limit: 199000 + 32000 > 200000',
])('"%s" is a context overflow', async (message) => {
  expect(await refused({ fault: { kind: 'status', status: 400, message } })).toMatchObject({
    code: 'context_overflow',
  });
});

test('an error keeps the id of its request', async () => {
  const headers = { 'request-id': 'req_1' };
  expect(await refused({ fault: { kind: 'status', status: 500, headers } })).toMatchObject({
    details: { requestId: 'req_1', status: 500 },
  });
});
