import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallRecord, RequestRecord } from '../http/observer.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';

const request: RequestRecord = {
  requestId: 'req_1',
  method: 'POST',
  route: '/v1/messages',
  status: 200,
  ms: 12.3456,
  ip: '192.0.2.1',
  hungUp: false,
  traceId: '0af7651916cd43dd8448eb211c80319c',
};
const call: CallRecord = {
  requestId: 'req_1',
  deviceId: 'd1',
  dialect: 'anthropic',
  asked: 'claude',
  answered: 'anthropic/claude',
  translated: false,
  stream: true,
  status: 200,
  ms: 1500,
  firstByteMs: 200,
  retries: 1,
  usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 50 },
  costMicros: 2500,
  hungUp: false,
};

function logged(options: Parameters<typeof createLog>[0] = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    ...options,
    to: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { lines, observer: log.observer };
}

describe('the log', () => {
  test('has a line of JSON for each request and call, with the ids that lead from one to the other', () => {
    const { lines, observer } = logged();
    observer.request?.(request);
    observer.call?.(call);
    expect(lines).toMatchObject([
      { event: 'request', requestId: 'req_1', traceId: request.traceId, status: 200, ms: 12.35 },
      { event: 'call', requestId: 'req_1', answered: 'anthropic/claude', usage: { inputTokens: 100 } },
    ]);
  });

  test('has no line for visits of a watchdog that went well', () => {
    const { lines, observer } = logged();
    for (const route of ['/healthz', '/readyz', '/metrics']) observer.request?.({ ...request, route });
    expect(lines).toEqual([]);
    observer.request?.({ ...request, route: '/readyz', status: 503 });
    expect(lines).toHaveLength(1);
  });

  test('holds no key, whatever text it came in', () => {
    const planted = ['sk-ant-planted-0123456789abcdef', 'my-very-own-secret-of-no-known-shape'];
    const { lines, observer } = logged({ secrets: () => planted.slice(1) });
    for (const key of planted) {
      const text = `Incorrect API key ${key} (${encodeURIComponent(key)}, ${Buffer.from(key).toString('base64')})`;
      observer.call?.({ ...call, asked: key, error: text });
      observer.upstream?.({ requestId: 'r', upstream: 'u', model: 'm', error: text });
      observer.fault?.(new Error(text), 'r');
      observer.notice?.(text);
    }
    expect(lines).toHaveLength(8);
    for (const key of planted) expect(JSON.stringify(lines)).not.toContain(key);
  });
});

describe('the metrics', () => {
  test('count requests, calls, tokens and cost', async () => {
    const { observer, text } = createMetrics({ bare: true, settlementsWaiting: () => 3, active: () => 2 });
    observer.request?.(request);
    observer.call?.(call);
    observer.upstream?.({ requestId: 'r', upstream: 'anthropic', model: 'm', status: 529, error: 'overloaded' });
    const page = await text();
    for (const line of [
      'capstan_http_request_seconds_count{method="POST",route="/v1/messages",status="200"} 1',
      'capstan_calls_total{dialect="anthropic",model="anthropic/claude",status="200",stream="true"} 1',
      'capstan_tokens_total{model="anthropic/claude",kind="input"} 100',
      'capstan_tokens_total{model="anthropic/claude",kind="cached"} 50',
      'capstan_cost_usd_total{model="anthropic/claude"} 0.0025',
      'capstan_upstream_faults_total{upstream="anthropic",status="529"} 1',
      'capstan_settlements_waiting 3',
      'capstan_http_requests_active 2',
    ])
      expect(page).toContain(line);
  });

  test('do not grow with what clients write, and name no device and no address', async () => {
    const { observer, text } = createMetrics({ bare: true });
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.ipV4(), fc.uuid(), (word, ip, deviceId) => {
        observer.request?.({ ...request, ip, requestId: word, method: word });
        observer.call?.({ ...call, asked: word, answered: `up/${word}`, deviceId });
      }),
      { numRuns: 1000 },
    );
    const page = await text();
    expect(new Set(page.match(/model="[^"]*"/g)).size).toBeLessThanOrEqual(201);
    expect(page).not.toMatch(/192\.0\.2|[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(page.match(/^capstan_http_request_seconds_count/gm)?.length).toBeLessThanOrEqual(8);
  });
});
