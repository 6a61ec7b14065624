import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Transform } from 'node:stream';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import { type Asked, errorFromReply, type HttpReply, networkError, timeoutError } from '@capstan/providers/wire';
import type { Wire } from '../config/kinds.ts';
import { type ReplyListener, send, type Sending, type UpstreamRequest } from '../upstream/send.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Begun } from './begun.ts';
import { type BodyReader, garbled } from './body-reader.ts';
import { passedStream } from './passed-stream.ts';
import { passedWhole } from './passed-whole.ts';
import { withRefusal } from './vendor-refusal.ts';

/** A call whose bytes go to an upstream as they are. */
export interface PassThrough {
  readonly upstream: Upstream;
  readonly key: string | undefined;
  readonly wire: Wire;
  /** The model's name at the upstream, for messages. */
  readonly model: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly stream: boolean;
  /** The usage was asked for by the relay, not by the client. */
  readonly stripUsage: boolean;
  /** Replies that the client asks for at once. */
  readonly choices: number;
  readonly signal: AbortSignal;
  /** Words for a client whose stream breaks off. */
  readonly failText: (error: CapstanError) => string;
}

const maxRefusalBytes = 65_536;

/**
 * Sends a call and waits for what the reply begins with: the first event of a stream, or all of what is no stream.
 *
 * @throws {CapstanError} The upstream's refusal, a network fault, a timeout, or `aborted`.
 */
export function passThrough(call: PassThrough): Promise<Begun> {
  return new Promise((resolve, reject) => new Reply(call, resolve, reject).send());
}

class Reply implements ReplyListener {
  readonly #call: PassThrough;
  readonly #resolve: (begun: Begun) => void;
  readonly #reject: (error: CapstanError) => void;
  #sending: Sending | undefined;
  #reader: BodyReader | undefined;
  #decoder: Transform | undefined;
  #refusal: Omit<HttpReply, 'text'> | undefined;
  readonly #words: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #settled = false;
  readonly #onAbort = (): void => this.#stop(aborted(this.#name, this.#call.signal));

  constructor(call: PassThrough, resolve: (begun: Begun) => void, reject: (error: CapstanError) => void) {
    this.#call = call;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  send(): void {
    const { upstream, signal, path, headers, body } = this.#call;
    if (signal.aborted) return this.#settle(aborted(this.#name, signal));
    signal.addEventListener('abort', this.#onAbort, { once: true });
    const { headersMs, firstByteMs, idleMs } = upstream.settings.timeouts;
    const request: UpstreamRequest = { path, method: 'POST', headers, body, headersMs, idleMs };
    this.#timer = setTimeout(() => this.#stop(timeoutError('first byte', this.#name, firstByteMs)), firstByteMs);
    this.#sending = send(upstream.pool, request, this);
  }

  head(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    const header = (name: string): string | undefined => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    if (status < 200 || status > 299) {
      this.#refusal = { status, header };
      return;
    }
    const contentType = header('content-type') ?? '';
    this.#reader = this.#call.stream ? this.#stream(contentType) : this.#whole(status, contentType);
    this.#decoder = decoderOf(header('content-encoding'));
    this.#decoder?.on('data', (chunk: Buffer) => this.#reader?.push(chunk));
    this.#decoder?.on('end', () => this.#reader?.end());
    this.#decoder?.on('error', () => this.#stop(garbled(this.#name, 'a body that does not decompress')));
  }

  data(chunk: Buffer): void {
    if (this.#decoder) this.#decoder.write(chunk);
    else if (this.#reader) this.#reader.push(chunk);
    else if (this.#refusal && this.#bytes < maxRefusalBytes) {
      this.#bytes += chunk.length;
      this.#words.push(chunk);
    }
  }

  ended(): void {
    if (this.#decoder) this.#decoder.end();
    else if (this.#reader) this.#reader.end();
    else this.#settle(this.#refused());
  }

  failed(error: Error): void {
    this.#stop(this.#refusal ? this.#refused() : explained(error, this.#call));
  }

  get #name(): string {
    return `${this.#call.upstream.name}/${this.#call.model}`;
  }

  #stream(contentType: string): BodyReader {
    if (!/^text\/event-stream/i.test(contentType)) return this.#notAStream(contentType);
    return passedStream({
      ...this.#call,
      keys: this.#call.upstream.secrets,
      name: this.#name,
      contentType,
      begun: (begun) => this.#settle(begun),
      failed: (error) => this.#stop(error),
      pause: () => this.#sending?.pause(),
      resume: () => this.#sending?.resume(),
      abort: (reason) => this.#sending?.abort(reason),
      over: () => this.#call.signal.removeEventListener('abort', this.#onAbort),
    });
  }

  #whole(status: number, contentType: string): BodyReader {
    return passedWhole({
      wire: this.#call.wire,
      keys: this.#call.upstream.secrets,
      name: this.#name,
      status,
      contentType,
      begun: (begun) => this.#settle(begun),
      failed: (error) => this.#stop(error),
    });
  }

  /** A success that is no stream where one was asked for is read as the refusal that it mostly is. */
  #notAStream(contentType: string): BodyReader {
    const words: Buffer[] = [];
    const said = (): CapstanError => {
      const text = Buffer.concat(words).toString('utf8').slice(0, 200);
      const page = /^text\/html/i.test(contentType) || /^\s*</.test(text);
      return garbled(this.#name, page ? 'a web page instead of a stream; check its address' : 'no stream');
    };
    return {
      push: (chunk) => {
        if (words.length < 16) words.push(chunk);
      },
      end: () => this.#settle(said()),
      fail: () => {},
    };
  }

  #refused(): CapstanError {
    const { upstream, model } = this.#call;
    const refusal = this.#refusal ?? { status: 502, header: () => undefined };
    const location = refusal.header('location');
    const text = location ? `It redirects to ${location}` : Buffer.concat(this.#words).toString('utf8');
    const asked: Asked = { model: `${upstream.name}/${model}`, vendor: upstream.name, secrets: upstream.secrets };
    const error = errorFromReply({ ...refusal, text }, asked, Date.now());
    const contentType = refusal.header('content-type') ?? '';
    return withRefusal(error, { status: refusal.status, contentType, body: text }, upstream.secrets);
  }

  /** Ends the call from our side, or tells what ended it from theirs. */
  #stop(error: CapstanError): void {
    this.#sending?.abort(error);
    if (this.#settled) this.#reader?.fail(error);
    else this.#settle(error);
  }

  #settle(outcome: Begun | CapstanError): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    const streaming = !(outcome instanceof Error) && outcome.kind === 'stream';
    // A stream can still be stopped by its client.
    if (!streaming) this.#call.signal.removeEventListener('abort', this.#onAbort);
    if (outcome instanceof Error) this.#reject(outcome);
    else this.#resolve(outcome);
  }
}

function aborted(name: string, { reason }: AbortSignal): CapstanError {
  if (isCapstanError(reason)) return reason;
  return new CapstanError('aborted', `The call of ${name} was stopped.`, { model: name });
}

function explained(error: Error, { upstream, model }: PassThrough): CapstanError {
  const name = `${upstream.name}/${model}`;
  const { code } = error as NodeJS.ErrnoException;
  const { connectMs, headersMs, idleMs } = upstream.settings.timeouts;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return timeoutError('connect', name, connectMs);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return timeoutError('first byte', name, headersMs);
  if (code === 'UND_ERR_BODY_TIMEOUT') return timeoutError('idle', name, idleMs);
  return networkError(error, { model: name });
}

function decoderOf(encoding: string | undefined): Transform | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return createInflate();
    default:
      return undefined;
  }
}
