import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { CallRecord, RequestRecord } from '../http/observer.ts';
import { openErrorTracker, type TrackerSdk } from './error-tracker.ts';
import { createOtlp, otlpFromEnvironment } from './otlp.ts';

const request: RequestRecord = {
  requestId: 'req_1',
  method: 'POST',
  route: '/v1/messages',
  status: 200,
  ms: 1500,
  ip: '192.0.2.1',
  hungUp: false,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  parentSpanId: 'b7ad6b7169203331',
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
  ms: 1400,
  retries: 0,
  usage: { inputTokens: 100, outputTokens: 20 },
  costMicros: 2500,
  hungUp: false,
};

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

test('a call is a span in that of its request, and that in the caller’s', async () => {
  const got: { headers: unknown; body: { resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[] } }[] = [];
  const collector = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (piece) => (text += String(piece)));
    incoming.on('end', () => {
      got.push({ headers: { url: incoming.url, key: incoming.headers['x-key'] }, body: JSON.parse(text) as never });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`;
  const reach = otlpFromEnvironment({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'X-Key=a%20b',
  });
  expect(reach).toEqual({ endpoint, headers: { 'x-key': 'a b' } });
  const otlp = createOtlp({
    endpoint,
    headers: { 'x-key': 'a b' },
    version: '1',
    clock: () => 10_000,
    notice: expect.fail,
  });
  otlp.observer.call?.(call);
  otlp.observer.request?.(request);
  await otlp.close();
  collector.close();
  expect(got[0]?.headers).toEqual({ url: '/v1/traces', key: 'a b' });
  const [outer, inner] = got[0]?.body.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
  expect(outer).toMatchObject({
    traceId: request.traceId,
    parentSpanId: request.parentSpanId,
    name: 'POST /v1/messages',
    kind: 2,
    startTimeUnixNano: '8500000000',
    endTimeUnixNano: '10000000000',
  });
  expect(inner).toMatchObject({
    traceId: request.traceId,
    parentSpanId: outer?.spanId,
    name: 'chat anthropic/claude',
    kind: 3,
  });
  expect(inner?.attributes).toContainEqual({ key: 'gen_ai.usage.input_tokens', value: { intValue: '100' } });
  expect(JSON.stringify(got)).not.toMatch(/192\.0\.2\.1|"d1"/);
});

test('a collector that is away is told once, and holds nothing up', async () => {
  const notices: string[] = [];
  const notice = (text: string) => notices.push(text);
  const otlp = createOtlp({ endpoint: 'http://127.0.0.1:1', version: '1', clock: Date.now, notice });
  for (let times = 0; times < 3; times += 1) {
    otlp.observer.request?.(request);
    await otlp.flush();
  }
  expect(notices).toEqual([expect.stringContaining('spans cannot be delivered')]);
  expect(otlpFromEnvironment({})).toBeUndefined();
});

test('a bug is reported without request, variables, machine and keys', async () => {
  const key = 'my-very-own-secret-of-no-known-shape';
  const reports: unknown[] = [];
  let options: { beforeSend?: (event: object) => object; defaultIntegrations?: unknown } = {};
  const sdk: TrackerSdk = {
    init: (given) => (options = given),
    captureException(error, { tags }) {
      const value = (error as Error).message;
      const stacktrace = { frames: [{ function: 'f', vars: { key } }] };
      const event = { exception: { values: [{ type: 'Error', value, stacktrace }] }, tags };
      const around = {
        request: { headers: { authorization: key } },
        server_name: 'host',
        user: { ip: '1' },
        extra: { key },
      };
      reports.push(options.beforeSend?.({ ...event, ...around, breadcrumbs: [{ message: key }] }));
    },
    flush: () => Promise.resolve(true),
  };
  const secrets = () => [key];
  const tracker = await openErrorTracker({
    dsn: 'https://k@sentry.example/1',
    release: '1',
    secrets,
    load: async () => sdk,
  });
  tracker.observer.fault?.(new Error(`failed with ${key} and sk-ant-planted-0123456789abcdef`), 'req_1');
  await tracker.flush();
  expect(options.defaultIntegrations).toBe(false);
  expect(Object.keys(reports[0] as object)).toEqual(['exception', 'tags']);
  expect(JSON.stringify(reports)).toContain('"function":"f"');
  expect(JSON.stringify(reports)).not.toMatch(/my-very-own-secret|planted|"vars"/);
});

test('a tracker that is named and not installed is told at the start', async () => {
  const load = () => Promise.reject(new Error('no such package'));
  const opening = openErrorTracker({ dsn: 'https://k@sentry.example/1', release: '1', secrets: () => [], load });
  await expect(opening).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.stringContaining('npm install @sentry/node'),
  });
});
