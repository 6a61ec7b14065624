import { anthropicServer, type Fault, openaiServer } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { post, startRelay } from '../testing/start-relay.ts';

const key = 'sk-upstream-0123456789abcdef';
const timeouts = { headersMs: 300, firstByteMs: 300, idleMs: 300 };

const faults: readonly (readonly [name: string, fault: Fault, before: readonly number[]])[] = [
  ['silence', { kind: 'silence' }, [504]],
  ['a hang in the middle', { kind: 'hang' }, [504, 502]],
  ['a cut', { kind: 'cut' }, [502]],
  ['a reset', { kind: 'reset' }, [502]],
  ['garbage', { kind: 'garbage' }, [502]],
  ['a web page', { kind: 'page' }, [502]],
  ['a web page of 502', { kind: 'page', status: 502 }, [502]],
  ['a limit', { kind: 'status', status: 429, headers: { 'retry-after': '30' } }, [429]],
  ['a fault of its own', { kind: 'status', status: 500 }, [500, 502]],
  ['overload', { kind: 'status', status: 529 }, [503]],
  ['a refused key', { kind: 'status', status: 401, message: `Incorrect API key provided: ${key}` }, [502]],
  ['no credit', { kind: 'status', status: 402 }, [503]],
  ['a redirect', { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' }, [400, 502]],
  ['a refused request', { kind: 'status', status: 422 }, [422]],
];

const ways = [
  { way: 'passed through', path: '/v1/chat/completions', kind: 'compatible' },
  { way: 'translated', path: '/v1/chat/completions', kind: 'anthropic' },
  { way: 'passed through to Anthropic', path: '/v1/messages', kind: 'anthropic' },
  { way: 'translated for Anthropic', path: '/v1/messages', kind: 'compatible' },
] as const;

const cases = ways.flatMap((way) =>
  faults.flatMap(([name, fault, before]) => [true, false].map((stream) => ({ ...way, name, fault, before, stream }))),
);

test.concurrent.each(cases)('$name, $way, stream $stream: an error, never a clean end', async (one) => {
  const reply = { text: 'a text that is long enough to be cut in two', usage: { inputTokens: 3, outputTokens: 9 } };
  const script = [{ ...reply, fault: one.fault }];
  await using server = await (one.kind === 'anthropic' ? anthropicServer(script) : openaiServer(script));
  const baseURL = one.kind === 'anthropic' ? server.url : `${server.url}/v1`;
  const waits = one.fault.kind === 'silence' || one.fault.kind === 'hang';
  await using relay = await startRelay({
    upstreams: {
      main: { kind: one.kind, baseURL, keys: [{ env: 'KEY' }], retries: 1, ...(waits ? { timeouts } : {}) },
    },
    env: { KEY: key },
    fallback: 'main/*',
  });
  const body = { model: 'm', max_tokens: 50, stream: one.stream, messages: [{ role: 'user', content: 'hi' }] };
  const answer = await post(`${relay.url}${one.path}`, body);
  const text = await answer.text();
  if (answer.status === 200) {
    // It had begun, so it must say that it failed, and not look complete.
    expect(one.stream).toBe(true);
    expect(text).toMatch(/"error"/);
    expect(text).not.toMatch(/data: \[DONE\]|"type":"message_stop"|"finish_reason":"stop"/);
  } else {
    expect(one.before).toContain(answer.status);
    expect(JSON.parse(text)).toHaveProperty('error');
  }
  expect(text + JSON.stringify([...answer.headers])).not.toContain(key);
  await relay.until(() => relay.gate.settlements.length === 1);
  expect(relay.gate.open()).toBe(0);
  expect(relay.faults).toEqual([]);
});
