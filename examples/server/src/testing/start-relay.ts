import { settingsSchema } from '../config/schema.ts';
import type { CallRecord, Observer, RequestRecord, UpstreamRecord } from '../http/observer.ts';
import { startHttp } from '../http/server.ts';
import { modelRoutes } from '../relay/endpoints.ts';
import { createTicker } from '../relay/ticker.ts';
import { openUpstreams, type Upstreams } from '../upstream/upstreams.ts';
import { type CountingGate, countingGate } from './counting-gate.ts';

/** A relay with a gate of ours, and all that it told. */
export interface TestRelay extends AsyncDisposable {
  readonly url: string;
  readonly gate: CountingGate;
  readonly upstreams: Upstreams;
  readonly calls: readonly CallRecord[];
  readonly requests: readonly RequestRecord[];
  readonly tries: readonly UpstreamRecord[];
  readonly faults: readonly unknown[];
  readonly notices: readonly string[];
  /** Requests under way. */
  active(): number;
  drain(deadlineMs: number): Promise<void>;
  /** Waits until a condition holds. */
  until(holds: () => boolean): Promise<void>;
}

export interface TestRelayOptions {
  /** As in a configuration file. */
  readonly upstreams: Readonly<Record<string, unknown>>;
  readonly routes?: readonly unknown[];
  readonly fallback?: string;
  readonly server?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a relay on a random port. Retries wait next to nothing. */
export async function startRelay(options: TestRelayOptions): Promise<TestRelay> {
  const settings = settingsSchema.parse({
    upstreams: options.upstreams,
    routes: options.routes ?? [],
    server: options.server ?? {},
    ...(options.fallback === undefined ? {} : { fallback: options.fallback }),
  });
  const env = options.env ?? {};
  const calls: CallRecord[] = [];
  const requests: RequestRecord[] = [];
  const tries: UpstreamRecord[] = [];
  const faults: unknown[] = [];
  const notices: string[] = [];
  const observer: Observer = {
    call: (record) => void calls.push(record),
    request: (record) => void requests.push(record),
    upstream: (record) => void tries.push(record),
    fault: (error) => void faults.push(error),
    notice: (message) => void notices.push(message),
  };
  const gate = countingGate();
  const sources = { env, stored: async () => undefined };
  const notice = (message: string): void => void notices.push(message);
  const upstreams = await openUpstreams(settings, { sources, env, now: Date.now, notice });
  const ticker = createTicker(Math.min(1000, settings.server.heartBeatMs));
  const observers = [observer];
  const parts = { upstreams, gate, observers, ticker, server: settings.server, now: Date.now, random: () => 0.01 };
  const { server } = settings;
  const http = await startHttp({
    host: '127.0.0.1',
    port: 0,
    observers,
    routes: modelRoutes(parts),
    origins: server.origins,
    maxBodyBytes: server.bodyBytes,
    maxJsonDepth: server.jsonDepth,
    headersMs: server.headersMs,
    requestMs: server.requestMs,
  });
  const stop = async (deadlineMs: number): Promise<void> => {
    await http.drain({ deadlineMs });
    ticker.stop();
    await upstreams.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    url: http.url,
    gate,
    upstreams,
    calls,
    requests,
    tries,
    faults,
    notices,
    active: () => http.active(),
    drain: (deadlineMs) => (stopped ??= stop(deadlineMs)),
    until: async (holds) => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    [Symbol.asyncDispose]: () => (stopped ??= stop(0)),
  };
}

/** Posts JSON with a token. */
export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', authorization: 'Bearer device-1', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
