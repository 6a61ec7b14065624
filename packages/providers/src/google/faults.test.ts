import { expect, test } from 'vitest';
import { faultSuite } from '../testing/fault-suite.ts';
import { googleServer } from '../testing/google-server.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { timeoutsFor } from '../testing/timeouts-for.ts';
import { google } from './google.ts';

const key = 'AIzaPlanted0123456789abcdefghijklmnopqrst';

async function open(reply: ScriptedReply) {
  const server = await googleServer([reply]);
  const model = google({
    model: 'gemini-2.5-flash',
    apiKey: key,
    baseURL: server.url,
    timeouts: timeoutsFor(reply),
  });
  return { model, close: () => server.close() };
}

for (const { name, run } of faultSuite({ key, open })) test(name, run);

async function refused(status: number, message: string): Promise<unknown> {
  const { model, close } = await open({ fault: { kind: 'status', status, message } });
  const request = { messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }], tools: [] };
  const events = model.stream(request, { signal: new AbortController().signal })[Symbol.asyncIterator]();
  return events
    .next()
    .catch((error: unknown) => error)
    .finally(close);
}

test('an invalid key is a refused key although the status is 400', async () => {
  expect(await refused(400, 'API key not valid. Please pass a valid API key.')).toMatchObject({ code: 'auth_refused' });
});

test('too long a prompt is a context overflow', async () => {
  const message = 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).';
  expect(await refused(400, message)).toMatchObject({ code: 'context_overflow' });
});
