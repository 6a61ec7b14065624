import Anthropic from '@anthropic-ai/sdk';
import { CapstanError } from '@capstan/sdk/contract';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { conversations } from './conversations.ts';
import { openBoth, type Upstream, upstreams } from './upstreams.ts';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const usage = { inputTokens: 10, outputTokens: 5 };
const hello = [{ role: 'user' as const, content: 'hi' }];
const token = 'device-1';

const broken = (['cut', 'reset', 'garbage', 'overloaded'] as const).flatMap((kind) =>
  Object.keys(upstreams).flatMap((name) => Object.keys(conversations).map((client) => [kind, name, client] as const)),
);

test.each(broken)('an upstream that ends by %s while it speaks %s is an error to %s', async (kind, name, client) => {
  const script = [{ text: 'This reply is never finished. '.repeat(20), usage, fault: { kind } }];
  await using both = await openBoth(upstreams[name] as Upstream, script);
  const talk = conversations[client];
  await expect(talk?.({ url: both.relay.url, token, model: 'any', stream: true })).rejects.toThrow();
  await both.relay.until(() => both.relay.gate.open() === 0);
  expect(both.relay.faults).toEqual([]);
});

describe('an exhausted quota', () => {
  const refusal = {
    refused: new CapstanError('rate_limited', 'The quota of today is used up.', { retryable: false }),
    final: true,
    headers: {},
  };

  test('is tried once by openai, which knows its code', async () => {
    await using both = await openBoth(upstreams['chat'] as Upstream, [{ text: 'ok' }]);
    both.relay.gate.refuse = refusal;
    const client = new OpenAI({ apiKey: token, baseURL: `${both.relay.url}/v1` });
    for (const call of [
      client.chat.completions.create({ model: 'any', messages: hello, stream: true }),
      client.responses.create({ model: 'any', input: 'hi', stream: true }),
    ]) {
      const error: unknown = await call.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.RateLimitError);
      expect(error).toMatchObject({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' });
      expect((error as InstanceType<typeof OpenAI.APIError>).requestID).toMatch(/^req_/);
    }
    expect(both.relay.gate.estimates).toHaveLength(2);
  });

  test('is tried once by the SDK of Anthropic', async () => {
    await using both = await openBoth(upstreams['chat'] as Upstream, [{ text: 'ok' }]);
    both.relay.gate.refuse = refusal;
    const client = new Anthropic({ apiKey: token, baseURL: both.relay.url });
    const call = client.messages.create({ model: 'any', max_tokens: 9, messages: hello, stream: true });
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect((error as InstanceType<typeof Anthropic.APIError>).requestID).toMatch(/^req_/);
    expect(both.relay.gate.estimates).toHaveLength(1);
  });
});

test('a limit of a minute is tried again when it is due, by openai and by the SDK of Anthropic', async () => {
  await using both = await openBoth(upstreams['chat'] as Upstream, [{ text: 'ok' }]);
  const refused = new CapstanError('rate_limited', 'Too many requests.', { retryable: true });
  both.relay.gate.refuse = { refused, final: false, retryAfterMs: 5, headers: {} };
  const openai = new OpenAI({ apiKey: token, baseURL: `${both.relay.url}/v1` });
  await expect(openai.chat.completions.create({ model: 'any', messages: hello })).rejects.toBeInstanceOf(
    OpenAI.RateLimitError,
  );
  expect(both.relay.gate.estimates).toHaveLength(3);
  const anthropic = new Anthropic({ apiKey: token, baseURL: both.relay.url });
  const asked = { model: 'any', max_tokens: 9, messages: hello };
  await expect(anthropic.messages.create(asked)).rejects.toBeInstanceOf(Anthropic.RateLimitError);
  expect(both.relay.gate.estimates).toHaveLength(6);
});

describe('what a client did wrong', () => {
  test('openai names the field', async () => {
    await using both = await openBoth(upstreams['anthropic'] as Upstream, [{ text: 'ok' }]);
    const client = new OpenAI({ apiKey: token, baseURL: `${both.relay.url}/v1` });
    const wrong = client.chat.completions.create({ model: 'any', messages: hello, n: 3 });
    const error: unknown = await wrong.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param: 'n', type: 'invalid_request_error' });
    const stored = client.responses.create({ model: 'any', input: 'hi', previous_response_id: 'resp_1' });
    await expect(stored).rejects.toMatchObject({ status: 400, param: 'previous_response_id' });
    expect(both.relay.calls).toHaveLength(2);
  });

  test('a token that is not known is no key, to each SDK in its own class', async () => {
    await using both = await openBoth(upstreams['chat'] as Upstream, [{ text: 'ok' }]);
    const { url } = both.relay;
    const openai = new OpenAI({ apiKey: 'bad', baseURL: `${url}/v1` });
    await expect(openai.chat.completions.create({ model: 'any', messages: hello })).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
    const anthropic = new Anthropic({ apiKey: 'bad', baseURL: url });
    const asked = { model: 'any', max_tokens: 9, messages: hello };
    await expect(anthropic.messages.create(asked)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    const google = new GoogleGenAI({ apiKey: 'bad', httpOptions: { baseUrl: url } });
    const call = google.models.generateContent({ model: 'any', contents: 'hi' });
    await expect(call).rejects.toBeInstanceOf(ApiError);
    await expect(call).rejects.toMatchObject({ status: 401 });
  });

  test('a body that Gemini would refuse is refused as Gemini does', async () => {
    await using both = await openBoth(upstreams['chat'] as Upstream, [{ text: 'ok' }]);
    const google = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: both.relay.url } });
    const call = google.models.generateContent({ model: 'any', contents: 'hi', config: { candidateCount: 2 } });
    await expect(call).rejects.toMatchObject({ status: 400 });
    await expect(call).rejects.toThrow('candidateCount');
  });
});
