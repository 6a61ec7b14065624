import { randomBytes } from 'node:crypto';
import type { CallRecord, Observer, RequestRecord } from '../http/observer.ts';

export interface OtlpOptions {
  /** For example `http://127.0.0.1:4318`; spans go to `/v1/traces` below it, as JSON. */
  readonly endpoint: string;
  /** Sent with each batch, a key of the collector among them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly version: string;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** Hears when spans cannot be delivered, and when they can again. */
  readonly notice: (message: string) => void;
  /** Milliseconds between batches. Default 5,000. */
  readonly flushMs?: number;
}

/** Sends spans of requests and calls to a collector of OpenTelemetry. */
export interface Otlp {
  readonly observer: Observer;
  /** Sends what waits. Never rejects. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

type Attribute = { readonly key: string; readonly value: object };

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 2 for what was asked of us, 3 for what we asked of others. */
  readonly kind: 2 | 3;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: 0 | 2 };
}

/** Spans that wait at most; when the collector is away, later ones are dropped. */
const mostWaiting = 4096;

/**
 * Makes the sender. A call's span lies in that of its request, and that in the caller's, whose `traceparent` also goes to
 * the upstream. Names and attributes are those of the conventions for HTTP and for generative AI; no content.
 */
export function createOtlp(options: OtlpOptions): Otlp {
  const { clock, flushMs = 5000 } = options;
  const calls = new Map<string, CallRecord>();
  let waiting: Span[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending = Promise.resolve();
  let isAway = false;

  async function send(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const spans = waiting;
    if (spans.length === 0) return;
    waiting = [];
    const failure = await post(spans, options);
    if ((failure !== undefined) === isAway) return;
    isAway = failure !== undefined;
    options.notice(isAway ? `spans cannot be delivered and are dropped: ${failure}` : 'spans are delivered again');
  }

  function flush(): Promise<void> {
    sending = sending.then(send);
    return sending;
  }

  return {
    observer: {
      call(record) {
        // Told to wait for its request, which is over soon after.
        if (calls.size < mostWaiting) calls.set(record.requestId, record);
      },
      request(record) {
        const call = calls.get(record.requestId);
        calls.delete(record.requestId);
        if (waiting.length >= mostWaiting) return;
        waiting.push(...spansOf(record, call, clock()));
        timer ??= setTimeout(flush, flushMs).unref();
      },
    },
    flush,
    async close() {
      await flush();
      clearTimeout(timer);
    },
  };
}

async function post(spans: readonly Span[], { endpoint, headers, version }: OtlpOptions): Promise<string | undefined> {
  const resource = { attributes: attributes({ 'service.name': 'capstan-server', 'service.version': version }) };
  const scopeSpans = [{ scope: { name: 'capstan-server', version }, spans }];
  try {
    const reply = await fetch(`${endpoint.replace(/\/+$/, '')}/v1/traces`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }),
      signal: AbortSignal.timeout(10_000),
    });
    await reply.arrayBuffer();
    return reply.ok ? undefined : `the collector answered ${reply.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : 'no answer';
  }
}

function spansOf(request: RequestRecord, call: CallRecord | undefined, now: number): readonly Span[] {
  const traceId = request.traceId ?? randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  const { method, route, status, requestId, hungUp } = request;
  const own: Span = {
    traceId,
    spanId,
    ...(request.parentSpanId === undefined ? {} : { parentSpanId: request.parentSpanId }),
    name: `${method} ${route}`,
    kind: 2,
    ...span(now, request.ms),
    attributes: attributes({
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'capstan.request.id': requestId,
      'capstan.hung_up': hungUp,
    }),
    status: { code: status >= 500 ? 2 : 0 },
  };
  return call ? [own, { ...callSpan(call, now), traceId, parentSpanId: spanId }] : [own];
}

function callSpan(call: CallRecord, now: number): Omit<Span, 'traceId'> {
  const { answered = 'none', asked, dialect, usage, retries, costMicros, firstByteMs } = call;
  return {
    spanId: randomBytes(8).toString('hex'),
    name: `chat ${answered}`,
    kind: 3,
    ...span(now, call.ms),
    attributes: attributes({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': answered.split('/', 1)[0],
      'gen_ai.request.model': asked.slice(0, 200),
      'gen_ai.response.model': answered,
      'gen_ai.usage.input_tokens': usage?.inputTokens,
      'gen_ai.usage.output_tokens': usage?.outputTokens,
      'capstan.dialect': dialect,
      'capstan.translated': call.translated,
      'capstan.retries': retries,
      'capstan.cost_usd': costMicros === undefined ? undefined : costMicros / 1e6,
      'capstan.first_byte_ms': firstByteMs,
      'error.type': call.status >= 400 ? String(call.status) : undefined,
    }),
    status: { code: call.status >= 400 && !call.hungUp ? 2 : 0 },
  };
}

function span(now: number, ms: number): Pick<Span, 'startTimeUnixNano' | 'endTimeUnixNano'> {
  const nanos = (at: number) => String(BigInt(Math.round(at * 1000)) * 1000n);
  return { startTimeUnixNano: nanos(now - ms), endTimeUnixNano: nanos(now) };
}

function attributes(values: Readonly<Record<string, string | number | boolean | undefined>>): readonly Attribute[] {
  return Object.entries(values).flatMap(([key, value]): Attribute[] => {
    if (value === undefined) return [];
    if (typeof value === 'string') return [{ key, value: { stringValue: value } }];
    if (typeof value === 'boolean') return [{ key, value: { boolValue: value } }];
    return [{ key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }];
  });
}

/** Reads what OpenTelemetry's own variables say; `undefined` when no collector is named. */
export function otlpFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Pick<OtlpOptions, 'endpoint' | 'headers'> | undefined {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!endpoint) return undefined;
  const pairs = (env['OTEL_EXPORTER_OTLP_HEADERS'] ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim().toLowerCase(), decodeURIComponent(pair.slice(at + 1).trim())]];
  });
  return { endpoint, headers: Object.fromEntries(pairs) as Record<string, string> };
}
