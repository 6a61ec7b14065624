import { anthropic } from '@capstan/providers/anthropic';
import { google } from '@capstan/providers/google';
import { openai } from '@capstan/providers/openai';
import { sceneReplies } from '@capstan/providers/testing';
import type { Model } from '@capstan/sdk/contract';
import { modelSuite } from '@capstan/sdk/testing';
import { describe, test } from 'vitest';
import { openBoth, type Upstream, upstreams } from './upstreams.ts';

/** Our own providers, as the command line makes them for the address of a relay. */
const providers: { readonly [dialect: string]: (url: string, apiKey: string) => Model } = {
  'openai-chat': (url, apiKey) => openai({ model: 'any', baseURL: `${url}/v1`, apiKey, api: 'chat' }),
  'openai-responses': (url, apiKey) => openai({ model: 'any', baseURL: `${url}/v1`, apiKey, api: 'responses' }),
  anthropic: (baseURL, apiKey) => anthropic({ model: 'any', baseURL, apiKey }),
  google: (baseURL, apiKey) => google({ model: 'any', baseURL, apiKey }),
};

const rows = Object.keys(providers).flatMap((dialect) =>
  Object.keys(upstreams).map((wire) => [dialect, wire] as const),
);

describe.each(rows)('a relay that is spoken to in %s before an upstream that speaks %s is a model', (dialect, wire) => {
  const cases = modelSuite(async (scene) => {
    // A key that the upstream refuses is the relay's own fault; the client's key is its token.
    const refused = scene === 'refused key';
    const both = await openBoth(upstreams[wire] as Upstream, [sceneReplies[refused ? 'text' : scene]]);
    const model = providers[dialect]?.(both.relay.url, refused ? 'bad-token' : 'device-1');
    if (!model) throw new Error(`There is no provider for ${dialect}.`);
    return { model, close: async () => both[Symbol.asyncDispose]() };
  });

  test.each(cases)('$name', ({ run }) => run());
});
