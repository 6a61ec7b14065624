import type { ScriptedReply } from '@capstan/providers/testing';
import { describe, expect, test } from 'vitest';
import { conversations, wholeClients } from './conversations.ts';
import { openBoth, type Upstream, upstreams } from './upstreams.ts';

// The AI SDK warns of models that it does not know.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const script: readonly ScriptedReply[] = [
  {
    reasoning: 'Two words, so two calls. 🤔',
    text: 'I look them up.',
    calls: [
      { tool: 'lookup', input: { word: 'a' } },
      { tool: 'lookup', input: { word: 'b — ünï' } },
    ],
    usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 10, reasoningTokens: 5 },
  },
  { text: 'Both were found.', usage: { inputTokens: 150, outputTokens: 8 } },
];

describe.each(Object.keys(upstreams))('before an upstream that speaks %s', (name) => {
  const upstream = upstreams[name] as Upstream;
  const rows = Object.keys(conversations).flatMap((client) =>
    wholeClients.includes(client)
      ? ([
          [client, true],
          [client, false],
        ] as const)
      : ([[client, true]] as const),
  );

  test.each(rows)('%s holds a conversation with parallel tools (streamed: %s)', async (client, stream) => {
    await using both = await openBoth(upstream, script);
    const { server, relay } = both;
    const seen = await conversations[client]?.({ url: relay.url, token: 'device-1', model: 'any', stream });
    expect(seen).toMatchObject({
      texts: ['I look them up.', 'Both were found.'],
      words: ['a', 'b — ünï'],
      tokens: 278,
      reasoning: 'Two words, so two calls. 🤔',
    });
    const second = JSON.stringify(server.requests[1]?.body);
    expect(second).toContain('found a');
    expect(second).toContain('found b — ünï');
    if (upstream.state !== undefined) expect(second).toContain(upstream.state);
    expect(relay.faults).toEqual([]);
    await relay.until(() => relay.gate.open() === 0);
    expect(relay.gate.settlements.map(({ usage }) => usage?.inputTokens)).toEqual([100, 150]);
  });
});
