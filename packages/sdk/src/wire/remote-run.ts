import { createParser } from 'eventsource-parser';
import { RunNotes } from '../agent/run-notes.ts';
import { RunReaders, warn } from '../agent/run-readers.ts';
import { CapstanError } from '../contract/errors.ts';
import type { EventOf, EventType, RunEnded, RunEvent } from '../contract/event.ts';
import type { Json } from '../contract/json.ts';
import type { Run, RunResult } from '../contract/run.ts';
import type { RunOrder } from './handle-run.ts';
import { orSilence } from './or-silence.ts';
import type { Position } from './position.ts';
import { behind, showPosition, start } from './position.ts';

export interface RemoteRunOptions {
  /** Sent with every request, for example `authorization`. */
  readonly headers?: { readonly [name: string]: string };
  /** Stops following; the run itself goes on. */
  readonly signal?: AbortSignal;
  /** Milliseconds between attempts to connect again. Default 1,000. */
  readonly reconnectMs?: number;
  /** Milliseconds of silence, heart-beats counted, after which a connection is held dead. Default 60,000. */
  readonly silenceMs?: number;
  /** Failed attempts in a row before giving up. Default 10. */
  readonly attempts?: number;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/**
 * Follows a run that `handleRun` serves elsewhere, with the shape of a run that is here: events, `on`, `approve`, `deny`,
 * `steer`, `queue`, `stop` and `result`. Works in browsers. A connection that breaks is made again and goes on where it broke. An
 * order that the server refuses, such as a late approval, becomes a warning; only `stop` rejects.
 *
 * @returns Once the first event is there, since only then the ids are known.
 * @throws {CapstanError} `not_found`, `auth_refused` or `model_failed` (retryable) when the server does not answer so.
 */
export async function remoteRun<Output = Json>(url: string, options: RemoteRunOptions = {}): Promise<Run<Output>> {
  const run = new RemoteRun<Output>(url, options);
  await run.begun;
  return run;
}

class RemoteRun<Output> implements Run<Output> {
  id = '';
  sessionId = '';
  readonly begun: Promise<void>;
  readonly result: Promise<RunResult<Output>>;
  readonly #url: string;
  readonly #options: RemoteRunOptions;
  readonly #readers = new RunReaders();
  readonly #notes = new RunNotes();
  #position: Position = start;
  #ended: RunEnded | undefined;

  constructor(url: string, options: RemoteRunOptions) {
    this.#url = url;
    this.#options = options;
    const first = Promise.withResolvers<void>();
    this.begun = first.promise;
    this.result = this.#follow(first.resolve);
    this.result.catch(first.reject);
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return this.#readers.read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('disposed');
  }

  on<T extends EventType>(type: T, listener: (event: EventOf<T>) => void): () => void {
    return this.#readers.on(type, listener);
  }

  approve(callId: string, { by }: { readonly by: string }): void {
    this.#check(callId);
    this.#tell({ type: 'approve', callId, by });
  }

  deny(callId: string, { by, reason }: { readonly by: string; readonly reason?: string }): void {
    this.#check(callId);
    this.#tell({ type: 'deny', callId, by, ...(reason === undefined ? {} : { reason }) });
  }

  steer(text: string): void {
    this.#tell({ type: 'steer', text });
  }

  queue(text: string): void {
    this.#tell({ type: 'queue', text });
  }

  async stop(reason?: string): Promise<RunResult<Output>> {
    if (this.#ended) return this.result;
    // The run may end by itself meanwhile; then there is nothing left to stop.
    await this.#send({ type: 'stop', ...(reason === undefined ? {} : { reason }) }).catch((error: unknown) => {
      if (!this.#ended) throw error;
    });
    return this.result;
  }

  #check(callId: string): void {
    if (this.#notes.pending.has(callId)) return;
    throw new CapstanError('not_found', `No call ${callId} waits for approval.`, { where: callId });
  }

  /** Gives an order whose failure nobody waits for: it becomes a warning, and the run goes on. */
  #tell(order: RunOrder): void {
    this.#send(order).catch(warn);
  }

  async #send(order: RunOrder): Promise<void> {
    const { headers } = this.#options;
    const body = JSON.stringify(order);
    const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body };
    const response = await this.#fetch(init).catch((error: unknown) => {
      throw asFailure(error, this.#url);
    });
    if (response.ok) return;
    const why = await response.text().catch(() => '');
    throw refusal(response.status, this.#url, `${order.type} was refused. ${why.slice(0, 500)}`);
  }

  #fetch(init: RequestInit): Promise<Response> {
    const { fetch: own = fetch, signal } = this.#options;
    return own(this.#url, { ...init, ...(signal ? { signal } : {}) });
  }

  async #follow(begun: () => void): Promise<RunResult<Output>> {
    const { reconnectMs = 1000, attempts = 10, signal } = this.#options;
    for (let failures = 0; !this.#ended;) {
      const before = this.#position;
      const failure = await this.#connect(begun).catch((error: unknown) => error);
      if (this.#ended) break;
      failures = this.#position === before ? failures + 1 : 0;
      if (signal?.aborted || failures >= attempts || isFinal(failure)) throw asFailure(failure, this.#url);
      await waited(reconnectMs, signal);
    }
    this.#readers.close();
    return this.#notes.result(this.#ended, { runId: this.id, sessionId: this.sessionId });
  }

  async #connect(begun: () => void): Promise<void> {
    const { headers, silenceMs = 60_000 } = this.#options;
    const id = showPosition(this.#position);
    const resume = this.#position === start ? {} : { 'last-event-id': id };
    const response = await this.#fetch({ headers: { ...headers, accept: 'text/event-stream', ...resume } });
    if (!response.ok || !response.body) throw refusal(response.status, this.#url);
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) throw notAStream(this.#url);
    const arrived: RunEvent[] = [];
    const parser = createParser({ onEvent: ({ data }) => arrived.push(JSON.parse(data) as RunEvent) });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const next = await orSilence(reader.read(), silenceMs);
      if (next === 'silence') return void reader.cancel().catch(() => {});
      if (next.done) return;
      parser.feed(decoder.decode(next.value, { stream: true }));
      for (const event of arrived.splice(0)) {
        const isFirst = this.id === '';
        this.#take(event);
        if (isFirst) await this.#letListenersJoin(begun);
      }
    }
  }

  /** The run is given to its user at its first event; the others wait until listeners are in place. */
  async #letListenersJoin(begun: () => void): Promise<void> {
    begun();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  #take(event: RunEvent): void {
    this.id = event.runId;
    this.sessionId = event.sessionId;
    this.#position = behind(this.#position, event);
    if (event.type === 'run.ended') this.#ended = event;
    this.#notes.note(event);
    this.#readers.publish(event);
  }
}

function waited(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}

function notAStream(url: string): CapstanError {
  const message = `${url} does not give the events of a run. Give the address that handleRun is served at.`;
  return new CapstanError('not_found', message, { where: url });
}

function refusal(status: number, url: string, what = ''): CapstanError {
  const code = status === 404 ? 'not_found' : status === 401 || status === 403 ? 'auth_refused' : 'model_failed';
  return new CapstanError(code, `The server answered ${status} for ${url}. ${what}`.trim(), {
    status,
    retryable: code === 'model_failed',
  });
}

function isFinal(failure: unknown): boolean {
  return failure instanceof CapstanError && failure.details.retryable !== true;
}

function asFailure(failure: unknown, url: string): CapstanError {
  if (failure instanceof CapstanError) return failure;
  const why = failure instanceof Error ? failure.message : 'the connection ends before the run does';
  return new CapstanError(
    'model_failed',
    `The run at ${url} cannot be followed: ${why}.`,
    { retryable: true },
    { cause: failure },
  );
}
