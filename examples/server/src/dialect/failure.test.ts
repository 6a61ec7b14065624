import { describe, expect, test } from 'vitest';
import type { DialectName, Failure } from './dialect.ts';
import { dialects } from './dialects.ts';

const gone: Failure = { code: 'model_failed', message: 'The upstream is gone.', status: 502, requestId: 'req_1' };
const quota: Failure = {
  code: 'rate_limited',
  message: 'The day is over.',
  status: 429,
  requestId: 'req_1',
  final: true,
};
const soon: Failure = { ...quota, final: false, retryAfterMs: 1500 };
const late: Failure = { ...soon, retryAfterMs: 3_600_000 };

function written(name: DialectName, failure: Failure) {
  const { status, headers, body } = dialects[name].failure(failure);
  return { status, headers, body: JSON.parse(body) as unknown };
}

test.each(Object.keys(dialects) as DialectName[])(
  '%s: nothing but the id of the request leaves with an error',
  (name) => {
    const { headers, body } = written(name, { ...gone, details: { where: 'model', model: 'upstream/secret-name' } });
    expect(Object.keys(headers)).toEqual(['content-type', name === 'anthropic' ? 'request-id' : 'x-request-id']);
    expect(JSON.stringify(body)).not.toContain('secret-name');
  },
);

describe('how an error looks', () => {
  test.each<[DialectName, Failure, object]>([
    [
      'openai-chat',
      gone,
      { error: { message: gone.message, type: 'server_error', param: null, code: 'server_error' } },
    ],
    ['openai-chat', quota, { error: { type: 'insufficient_quota', code: 'insufficient_quota' } }],
    ['openai-responses', quota, { error: { type: 'insufficient_quota', code: 'insufficient_quota' } }],
    ['openai-chat', soon, { error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } }],
    [
      'openai-chat',
      { ...gone, code: 'invalid_config', status: 400, details: { where: 'messages[0]' } },
      { error: { type: 'invalid_request_error', param: 'messages[0]' } },
    ],
    ['openai-chat', { ...gone, code: 'context_overflow', status: 400 }, { error: { code: 'context_length_exceeded' } }],
    ['openai-chat', { ...gone, code: 'auth_refused', status: 401 }, { error: { code: 'invalid_api_key' } }],
    ['anthropic', gone, { type: 'error', error: { type: 'api_error', message: gone.message }, request_id: 'req_1' }],
    ['anthropic', { ...gone, status: 503 }, { error: { type: 'overloaded_error' } }],
    ['anthropic', quota, { error: { type: 'rate_limit_error' } }],
    ['anthropic', { ...gone, code: 'auth_missing', status: 401 }, { error: { type: 'authentication_error' } }],
    [
      'anthropic',
      { ...gone, code: 'context_overflow', status: 400 },
      { error: { message: 'prompt is too long: The upstream is gone.' } },
    ],
    ['google', gone, { error: { code: 502, message: gone.message, status: 'UNAVAILABLE' } }],
    [
      'google',
      quota,
      {
        error: {
          code: 429,
          status: 'RESOURCE_EXHAUSTED',
          details: [{ violations: [{ quotaId: 'RequestsPerDayPerDevice' }] }],
        },
      },
    ],
    ['google', soon, { error: { details: [{ retryDelay: '2s' }] } }],
  ])('%s %j', (name, failure, body) => {
    expect(written(name, failure)).toMatchObject({ status: failure.status, body });
  });
});

test.each(Object.keys(dialects) as DialectName[])(
  '%s: waits below a minute are told, longer ones and quotas end the tries',
  (name) => {
    expect(written(name, soon).headers).toMatchObject({ 'retry-after': '2', 'retry-after-ms': '1500' });
    expect(written(name, soon).headers['x-should-retry']).toBeUndefined();
    for (const failure of [late, quota]) {
      expect(written(name, failure).headers['x-should-retry']).toBe('false');
      expect(written(name, failure).headers['retry-after']).toBeUndefined();
    }
  },
);
