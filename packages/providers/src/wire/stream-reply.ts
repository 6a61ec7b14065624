import { CapstanError, isCapstanError, type ModelEvent, type Usage } from '@capstan/sdk/contract';
import type { Readable } from 'node:stream';
import { Exchange, type Timeouts } from './exchange.ts';
import { errorFromReply, type Asked } from './http-error.ts';
import { garbled } from './json.ts';
import { maskSecrets } from './mask.ts';
import { networkError } from './network-error.ts';
import { sseDecoder } from './sse.ts';

/** Turns a vendor's wire events into model events. Pure: it holds only what it has read. */
export interface ReplyDecoder {
  /** Reads one event and adds what it says to `out`; the closing `message` when the reply is complete. */
  push(event: { readonly event: string | undefined; readonly data: string }, out: ModelEvent[]): void;
  /**
   * The stream is over. Adds the closing `message` if the reply is complete without a further mark.
   *
   * @returns What is missing, in words, when the reply is not complete.
   */
  end(out: ModelEvent[]): string | undefined;
  /** Usage seen so far. */
  usage(): Usage | undefined;
}

/** Cuts bytes into wire events. */
export interface Framing {
  push(bytes: Uint8Array): readonly { readonly event: string | undefined; readonly data: string }[];
  end(): readonly { readonly event: string | undefined; readonly data: string }[];
}

export interface ReplyOptions {
  /** Makes the body and sends it. Not called before the first `next`. */
  readonly send: (open: (body: string) => Exchange) => Promise<void>;
  readonly decoder: ReplyDecoder;
  readonly asked: Asked;
  readonly signal: AbortSignal;
  readonly timeouts?: Timeouts | undefined;
  /** Default: server-sent events. */
  readonly framing?: Framing;
}

/**
 * Streams one reply: sends on the first `next`, decodes each chunk the moment it arrives, ends after the `message`.
 *
 * @throws {CapstanError} From `next`: the vendor's refusal, a network fault, a timeout, `aborted` when the signal
 * aborts, and a retryable `model_failed` when the stream ends without its closing message.
 */
export function streamReply(options: ReplyOptions): AsyncIterableIterator<ModelEvent> {
  return new ReplyStream(options);
}

/** Beyond this many unread events, or bytes they came in, the socket is paused. */
const highWater = 8192;
const highWaterBytes = 4_194_304;
const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Hand-written rather than a generator: an event that is there costs one promise, not three. */
class ReplyStream implements AsyncIterableIterator<ModelEvent> {
  readonly #options: ReplyOptions;
  readonly #framing: Framing;
  #events: ModelEvent[] = [];
  #at = 0;
  /** Bytes that the events came in, those included that were read since. */
  #bytes = 0;
  #state: 'new' | 'open' | 'complete' | 'failed' | 'closed' = 'new';
  #error: CapstanError | undefined;
  #wake: (() => void) | undefined;
  #exchange: Exchange | undefined;
  #paused = false;
  readonly #onAbort = (): void => this.#fail(this.#aborted());

  constructor(options: ReplyOptions) {
    this.#options = options;
    this.#framing = options.framing ?? sseDecoder();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ModelEvent, undefined>> {
    const value = this.#events[this.#at];
    if (value === undefined) return this.#wait();
    this.#at += 1;
    return Promise.resolve({ done: false, value });
  }

  async return(): Promise<IteratorResult<ModelEvent, undefined>> {
    if (this.#state === 'new' || this.#state === 'open') this.#exchange?.close();
    this.#settle('closed');
    this.#events = [];
    this.#at = 0;
    this.#rouse();
    return done;
  }

  async #wait(): Promise<IteratorResult<ModelEvent, undefined>> {
    // Not awaited: an abort must end the wait at once, also while a key is still looked for.
    if (this.#state === 'new') void this.#open();
    for (;;) {
      const value = this.#events[this.#at];
      if (value !== undefined) {
        this.#at += 1;
        return { done: false, value };
      }
      this.#events = [];
      this.#at = 0;
      this.#bytes = 0;
      if (this.#state === 'failed') {
        this.#state = 'closed';
        throw this.#error as CapstanError;
      }
      if (this.#state !== 'open') return done;
      if (this.#paused) {
        this.#paused = false;
        this.#exchange?.stream?.resume();
      }
      await new Promise<void>((resolve) => {
        const earlier = this.#wake;
        this.#wake = earlier ? () => (earlier(), resolve()) : resolve;
      });
    }
  }

  async #open(): Promise<void> {
    const { send, signal, asked, timeouts } = this.#options;
    this.#state = 'open';
    if (signal.aborted) return this.#fail(this.#aborted());
    signal.addEventListener('abort', this.#onAbort, { once: true });
    const open = (body: string): Exchange => (this.#exchange = new Exchange(body, { model: asked.model, timeouts }));
    try {
      await send(open);
    } catch (error) {
      return this.#fail(this.#explain(error));
    }
    if (this.#state !== 'open') return this.#exchange?.close();
    const stream = this.#exchange?.stream;
    if (!stream || this.#exchange?.refusal) return this.#fail(this.#explain(undefined));
    this.#read(stream);
  }

  #read(stream: Readable): void {
    const json =
      /^application\/(problem\+)?json/.test(this.#exchange?.header('content-type') ?? '') &&
      this.#options.framing === undefined;
    const whole: Buffer[] | undefined = json ? [] : undefined;
    // Servers put each event in an HTTP chunk of its own; what one read of the socket brought is decoded at once.
    let batch: Buffer[] = [];
    const decodeBatch = (): void => {
      const [first] = batch;
      const bytes = batch.length === 1 && first ? first : Buffer.concat(batch);
      batch = [];
      if (this.#state !== 'open' || bytes.length === 0) return;
      this.#decode(() => this.#framing.push(bytes));
      this.#bytes += bytes.length;
      this.#pauseIfFull(stream);
    };
    stream.on('data', (chunk: Buffer) => {
      if (whole) whole.push(chunk);
      else if (batch.push(chunk) === 1) queueMicrotask(decodeBatch);
    });
    stream.on('end', () => (decodeBatch(), this.#end(whole)));
    stream.on('error', (error) => (decodeBatch(), this.#broke(error)));
    stream.on('close', () => this.#end(whole));
  }

  #pauseIfFull(stream: Readable): void {
    const { length } = this.#events;
    if (this.#state !== 'open' || length === 0 || (length < highWater && this.#bytes < highWaterBytes)) return;
    this.#events = this.#events.slice(this.#at);
    this.#at = 0;
    this.#bytes *= this.#events.length / length;
    if (this.#events.length < highWater / 2 && this.#bytes < highWaterBytes / 2) return;
    this.#paused = true;
    stream.pause();
  }

  #decode(frames: () => ReturnType<Framing['push']>): void {
    const events = this.#events;
    const before = events.length;
    try {
      for (const frame of frames()) {
        this.#push(frame, events);
        if (events.length > before && events[events.length - 1]?.type === 'message') return this.#complete();
      }
    } catch (error) {
      return this.#fail(this.#explain(error));
    }
    if (events.length > before) this.#rouse();
  }

  /** An event of another shape than any vendor's makes a decoder stumble; that is the vendor's fault. */
  #push(frame: ReturnType<Framing['push']>[number], events: ModelEvent[]): void {
    try {
      this.#options.decoder.push(frame, events);
    } catch (error) {
      if (isCapstanError(error)) throw error;
      throw garbled(this.#options.asked.model, `an event that cannot be understood ("${frame.data.slice(0, 60)}")`);
    }
  }

  #complete(): void {
    this.#settle('complete');
    this.#exchange?.drain();
    this.#rouse();
  }

  #end(whole: readonly Buffer[] | undefined): void {
    if (this.#state !== 'open') return;
    // Some servers answer a stream with one JSON document; it reads like one event.
    const frames = (): ReturnType<Framing['push']> =>
      whole ? [{ event: undefined, data: Buffer.concat(whole).toString('utf8') }] : this.#framing.end();
    this.#decodeLast(frames);
  }

  #decodeLast(frames: () => ReturnType<Framing['push']>): void {
    const { decoder } = this.#options;
    try {
      for (const frame of frames()) {
        this.#push(frame, this.#events);
        if (this.#events.at(-1)?.type === 'message') return this.#complete();
      }
    } catch (error) {
      if (isCapstanError(error) && error.details.where !== 'garbled') return this.#fail(error);
      // What was cut is no JSON; that it was cut is told below.
    }
    const missing = decoder.end(this.#events);
    if (missing === undefined) return this.#complete();
    this.#fail(this.#endedEarly(missing));
  }

  #broke(error: Error): void {
    if (this.#state !== 'open') return;
    const { model } = this.#options.asked;
    if (isCapstanError(error)) return this.#fail(error);
    // A reply that had all it needs but its last mark counts as complete.
    if (this.#options.decoder.end(this.#events) === undefined) return this.#complete();
    const failure = networkError(error, { model });
    const text = `${model} broke off in the middle of its reply. ${failure.message}`;
    this.#fail(new CapstanError('model_failed', text, { ...failure.details, retryable: true }, { cause: error }));
  }

  #endedEarly(missing: string): CapstanError {
    const { model } = this.#options.asked;
    const page = /^text\/html/.test(this.#exchange?.header('content-type') ?? '');
    const next = page ? 'It sent a web page: check the base URL.' : 'Try again.';
    const text = `${model} ended its reply too early: ${missing}. ${next}`;
    return new CapstanError('model_failed', text, { retryable: true, model, where: 'stream' });
  }

  #explain(error: unknown): CapstanError {
    const { asked, signal } = this.#options;
    if (signal.aborted) return this.#aborted();
    if (this.#exchange?.refusal) return errorFromReply(this.#exchange.refusal, asked, Date.now());
    if (this.#exchange?.failure) return this.#exchange.failure;
    return networkError(error, { model: asked.model });
  }

  #aborted(): CapstanError {
    const { asked } = this.#options;
    return new CapstanError('aborted', `The call of ${asked.model} was stopped.`, { model: asked.model });
  }

  #fail(error: CapstanError): void {
    if (this.#state !== 'open') return;
    const usage = this.#options.decoder.usage();
    const message = maskSecrets(error.message, this.#options.asked.secrets);
    const details = usage ? { ...error.details, usage } : error.details;
    const leaks = tellsSecret(error.cause, this.#options.asked.secrets);
    const same = !usage && !leaks && message === error.message;
    this.#error = same ? error : new CapstanError(error.code, message, details, leaks ? {} : { cause: error.cause });
    if (error.code === 'aborted') this.#events = [];
    this.#settle('failed');
    this.#exchange?.close();
    this.#rouse();
  }

  #settle(state: 'complete' | 'failed' | 'closed'): void {
    this.#state = state;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/** A cause is not ours to mask, so one that repeats a key is not told. */
function tellsSecret(cause: unknown, secrets: Asked['secrets']): boolean {
  if (!(cause instanceof Error)) return typeof cause === 'string' && maskSecrets(cause, secrets) !== cause;
  const told = `${cause.message}\n${cause.stack}`;
  return maskSecrets(told, secrets) !== told || tellsSecret(cause.cause, secrets);
}
