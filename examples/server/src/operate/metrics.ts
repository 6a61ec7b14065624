import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallRecord, Observer } from '../http/observer.ts';

/** Counts what happens, for Prometheus. */
export interface Metrics {
  readonly observer: Observer;
  readonly contentType: string;
  text(): Promise<string>;
}

export interface MetricsOptions {
  /** Read at each scrape. */
  readonly settlementsWaiting?: () => number;
  /** Requests under way, read at each scrape. */
  readonly active?: () => number;
  /** Leaves out the process's own figures. */
  readonly bare?: boolean;
}

/** More models than these are counted as one: what a client writes must not grow the page without end. */
const mostModels = 200;

const seconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Makes the metrics of one relay. Labels have few values: never a device, an address or an id. */
export function createMetrics({ settlementsWaiting, active, bare = false }: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (!bare) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'capstan_http_request_seconds',
    help: 'Time from the head of a request to the end of its response',
    labelNames: ['method', 'route', 'status'],
    buckets: seconds,
    registers,
  });
  const hangUps = new Counter({
    name: 'capstan_http_hang_ups_total',
    help: 'Responses that their client did not wait for',
    labelNames: ['route'],
    registers,
  });
  const faults = new Counter({ name: 'capstan_faults_total', help: 'Bugs met while serving', registers });
  const call = callMetrics(registers);
  gauge(
    { name: 'capstan_settlements_waiting', help: 'Settlements that wait for the store', registers },
    settlementsWaiting,
  );
  gauge({ name: 'capstan_http_requests_active', help: 'Requests under way', registers }, active);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observer: {
      request({ method, route, status, ms, hungUp }) {
        requests.observe({ method: methodOf(method), route, status: String(status) }, ms / 1000);
        if (hungUp) hangUps.inc({ route });
      },
      call: (record) => call.count(record),
      upstream: ({ upstream, status }) => call.fault(upstream, status),
      fault: () => faults.inc(),
    },
  };
}

function gauge(options: { name: string; help: string; registers: Registry[] }, read: (() => number) | undefined): void {
  if (!read) return;
  new Gauge({
    ...options,
    collect() {
      this.set(read());
    },
  });
}

interface CallMetrics {
  count(record: CallRecord): void;
  fault(upstream: string, status: number | undefined): void;
}

function callMetrics(registers: Registry[]): CallMetrics {
  const labelNames = ['dialect', 'model'] as const;
  const calls = new Counter({
    name: 'capstan_calls_total',
    help: 'Calls of models',
    labelNames: [...labelNames, 'status', 'stream'],
    registers,
  });
  const duration = new Histogram({
    name: 'capstan_call_seconds',
    help: 'Time of a call',
    labelNames,
    buckets: seconds,
    registers,
  });
  const firstByte = new Histogram({
    name: 'capstan_call_first_byte_seconds',
    help: 'Time to the first byte of a reply',
    labelNames,
    buckets: seconds,
    registers,
  });
  const tokens = new Counter({
    name: 'capstan_tokens_total',
    help: 'Tokens of prompts and replies',
    labelNames: ['model', 'kind'],
    registers,
  });
  const cost = new Counter({ name: 'capstan_cost_usd_total', help: 'Cost of calls', labelNames: ['model'], registers });
  const retries = new Counter({
    name: 'capstan_retries_total',
    help: 'Tries before the one that answered',
    labelNames: ['model'],
    registers,
  });
  const faults = new Counter({
    name: 'capstan_upstream_faults_total',
    help: 'Faults of upstreams',
    labelNames: ['upstream', 'status'],
    registers,
  });
  const models = new Set<string>();
  const modelOf = (answered = 'none'): string => {
    if (models.has(answered)) return answered;
    if (models.size >= mostModels) return 'other';
    models.add(answered);
    return answered;
  };
  return {
    count(record) {
      const { dialect, status, stream, ms, firstByteMs, usage, costMicros } = record;
      const model = modelOf(record.answered);
      calls.inc({ dialect, model, status: String(status), stream: String(stream) });
      duration.observe({ dialect, model }, ms / 1000);
      if (firstByteMs !== undefined) firstByte.observe({ dialect, model }, firstByteMs / 1000);
      if (record.retries > 0) retries.inc({ model }, record.retries);
      if (usage) {
        tokens.inc({ model, kind: 'input' }, usage.inputTokens);
        tokens.inc({ model, kind: 'output' }, usage.outputTokens);
        if (usage.cachedInputTokens) tokens.inc({ model, kind: 'cached' }, usage.cachedInputTokens);
        if (usage.reasoningTokens) tokens.inc({ model, kind: 'reasoning' }, usage.reasoningTokens);
      }
      if (costMicros) cost.inc({ model }, costMicros / 1e6);
    },
    fault: (upstream, status) => faults.inc({ upstream, status: String(status ?? 'none') }),
  };
}

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

function methodOf(method: string): string {
  return methods.has(method) ? method : 'other';
}
