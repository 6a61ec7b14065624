import { createParser } from 'eventsource-parser';
import { RunNotes } from '../agent/run-notes.ts';
import { RunReaders } from '../agent/run-readers.ts';
import { CapstanError } from '../contract/errors.ts';
import type { EventOf, EventType, RunEnded, RunEvent } from '../contract/event.ts';
import type { Json } from '../contract/json.ts';
import type { Run, RunResult } from '../contract/run.ts';
import type { RunOrder } from './handle-run.ts';
import type { Position } from './position.ts';
import { behind, showPosition, start } from './position.ts';

export interface RemoteRunOptions {
  /** Sent with every request, for example `authorization`. */
  readonly headers?: { readonly [name: string]: string };
  /** Stops following; the run itself goes on. */
  readonly signal?: AbortSignal;
  /** Milliseconds between attempts to connect again. Default 1,000. */
  readonly reconnectMs?: number;
  /** Failed attempts in a row before giving up. Default 10. */
  readonly attempts?: number;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/**
 * Follows a run that `handleRun` serves elsewhere, with the shape of a run that is here: events, `on`, `approve`, `deny`,
 * `steer`, `stop` and `result`. Works in browsers. A connection that breaks is made again and goes on where it broke.
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
    void this.#send({ type: 'approve', callId, by });
  }

  deny(callId: string, { by, reason }: { readonly by: string; readonly reason?: string }): void {
    this.#check(callId);
    void this.#send({ type: 'deny', callId, by, ...(reason === undefined ? {} : { reason }) });
  }

  steer(text: string): void {
    void this.#send({ type: 'steer', text });
  }

  async stop(reason?: string): Promise<RunResult<Output>> {
    if (!this.#ended) await this.#send({ type: 'stop', ...(reason === undefined ? {} : { reason }) });
    return this.result;
  }

  #check(callId: string): void {
    if (this.#notes.pending.has(callId)) return;
    throw new CapstanError('not_found', `No call ${callId} waits for approval.`, { where: callId });
  }

  async #send(order: RunOrder): Promise<void> {
    const { headers } = this.#options;
    const body = JSON.stringify(order);
    await this.#fetch({ method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body });
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
      await new Promise((resolve) => setTimeout(resolve, reconnectMs));
    }
    this.#readers.close();
    return this.#notes.result(this.#ended, { runId: this.id, sessionId: this.sessionId });
  }

  async #connect(begun: () => void): Promise<void> {
    const { headers } = this.#options;
    const id = showPosition(this.#position);
    const resume = this.#position === start ? {} : { 'last-event-id': id };
    const response = await this.#fetch({ headers: { ...headers, accept: 'text/event-stream', ...resume } });
    if (!response.ok || !response.body) throw refusal(response.status, this.#url);
    const arrived: RunEvent[] = [];
    const parser = createParser({ onEvent: ({ data }) => arrived.push(JSON.parse(data) as RunEvent) });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
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

function refusal(status: number, url: string): CapstanError {
  const code = status === 404 ? 'not_found' : status === 401 || status === 403 ? 'auth_refused' : 'model_failed';
  return new CapstanError(code, `The server answered ${status} for ${url}.`, {
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
