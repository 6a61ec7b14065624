import { openaiServer } from '@capstan/providers/testing';
import type { ModelEvent } from '@capstan/sdk/contract';
import { expect, test } from 'vitest';
import { startRelay } from '../testing/start-relay.ts';
import { routedModel } from './routed-model.ts';

const env = { BAD: 'sk-bad-key-0000000000000', KEY: 'sk-upstream-0123456789abcdef' };
const request = { messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }], tools: [] };

async function textOf(events: AsyncIterable<ModelEvent>): Promise<string> {
  let text = '';
  for await (const event of events) if (event.type === 'text.delta') text += event.text;
  return text;
}

test('the calls of a run try the next key and the next place, as those of clients do', async () => {
  await using down = await openaiServer([{ fault: { kind: 'status', status: 500 } }]);
  await using up = await openaiServer(({ headers }) =>
    headers.authorization === `Bearer ${env.BAD}` ? { fault: { kind: 'status', status: 401 } } : { text: 'ok' },
  );
  const keys = [{ env: 'BAD' }, { env: 'KEY' }];
  await using relay = await startRelay({
    upstreams: {
      one: { kind: 'compatible', baseURL: `${down.url}/v1`, keys, retries: 1 },
      two: { kind: 'compatible', baseURL: `${up.url}/v1`, keys },
    },
    routes: [{ model: 'smart', to: ['one/a', 'two/b'] }],
    env,
  });
  const model = routedModel({ upstreams: relay.upstreams, name: 'smart', now: Date.now, random: () => 0 });
  const { signal } = new AbortController();
  expect(await textOf(model.stream(request, { signal }))).toBe('ok');
  expect([down.requests.length, up.requests.length]).toEqual([2, 2]);
  expect(await textOf(model.stream(request, { signal }))).toBe('ok');
  expect(up.requests).toHaveLength(3);
  expect(relay.upstreams.list().map(({ slots }) => slots.used)).toEqual([0, 0]);
});

test('a reply that breaks off is not begun again elsewhere, and a reader that leaves frees the place', async () => {
  await using cut = await openaiServer([{ text: 'a long text that is cut', fault: { kind: 'cut' } }]);
  await using other = await openaiServer([{ text: 'never asked' }]);
  const keys = [{ env: 'KEY' }];
  await using relay = await startRelay({
    upstreams: {
      one: { kind: 'compatible', baseURL: `${cut.url}/v1`, keys },
      two: { kind: 'compatible', baseURL: `${other.url}/v1`, keys },
    },
    routes: [{ model: 'smart', to: ['one/a', 'two/b'] }],
    env,
  });
  const model = routedModel({ upstreams: relay.upstreams, name: 'smart', now: Date.now, random: () => 0 });
  const { signal } = new AbortController();
  await expect(textOf(model.stream(request, { signal }))).rejects.toMatchObject({ code: 'model_failed' });
  for await (const _ of model.stream(request, { signal })) break;
  expect(other.requests).toHaveLength(0);
  expect(relay.upstreams.list().map(({ slots }) => slots.used)).toEqual([0, 0]);
});
