import { expect, test } from 'vitest';
import { conversations, wholeClients } from './conversations.ts';
import { startRelay } from './start-relay.ts';
import { type Upstream, upstreams } from './upstreams.ts';

const usage = { inputTokens: 10, outputTokens: 5 };
const begin = [{ reasoning: 'Hm.', text: 'I look.', calls: [{ tool: 'lookup', input: { word: 'a' } }], usage }];
const end = [{ text: 'Found.', usage }];

const names = Object.keys(upstreams);
const rows = wholeClients.flatMap((client) =>
  names.flatMap((from) => names.filter((to) => to !== from).map((to) => [client, from, to] as const)),
);

test.each(rows)('%s goes on with another vendor: %s, then %s', async (client, from, to) => {
  const [first, second] = [upstreams[from] as Upstream, upstreams[to] as Upstream];
  await using one = await first.serve(begin);
  await using two = await second.serve(end);
  const settings = ({ kind, path, speaks }: Upstream, url: string) => {
    return { kind, baseURL: `${url}${path}`, keys: [{ env: 'KEY' }], retries: 0, ...(speaks ? { speaks } : {}) };
  };
  await using relay = await startRelay({
    upstreams: { one: settings(first, one.url), two: settings(second, two.url) },
    routes: [
      { model: 'first', to: [`one/${first.model}`] },
      { model: 'second', to: [`two/${second.model}`] },
    ],
    env: { KEY: 'sk-upstream-0123456789abcdef' },
  });
  const reach = { url: relay.url, token: 'device-1', model: 'first', next: 'second', stream: true };
  const seen = await conversations[client]?.(reach);
  expect(seen).toMatchObject({ texts: ['I look.', 'Found.'], words: ['a'] });
  // What only the first vendor can read is not for the second.
  const told = JSON.stringify(two.requests[0]?.body);
  expect(told).toContain('found a');
  expect(told).not.toContain('Y2Fwc3Rhbi4x');
  if (first.state !== undefined) expect(told).not.toContain(first.state);
});
