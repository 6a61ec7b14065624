import type http from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { CapstanError } from '@capstan/sdk/contract';
import { httpClient } from './http-client.ts';
import type { HttpReply } from './http-error.ts';
import { networkError, timeoutError, type TimeoutPhase } from './network-error.ts';

/** How long to wait for a vendor, in milliseconds. */
export interface Timeouts {
  /** Until the connection stands, TLS included. Default 15,000. */
  readonly connectMs?: number;
  /** From the sent request to the first byte of the reply. Default 600,000: reasoning models think before they speak. */
  readonly firstByteMs?: number;
  /** Between two pieces of the reply. Default 180,000. */
  readonly idleMs?: number;
}

/** What goes to a vendor beside the body. */
export interface Sending {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * One POST on its way: what is sent, and what came back, raw.
 *
 * Redirects are not followed, so no key goes to another address; `node:http`'s agent keeps connections, and honours the
 * proxy variables of Node (`NODE_USE_ENV_PROXY`).
 */
export class Exchange {
  readonly body: Uint8Array;
  readonly model: string;
  readonly timeouts: Required<Timeouts>;
  /** The reply's head, as soon as it is there. */
  status = 0;
  header: (name: string) => string | undefined = () => undefined;
  /** The body of a success, decompressed, not yet read. */
  stream: Readable | undefined;
  /** The whole reply of a refusal. */
  refusal: HttpReply | undefined;
  /** What the network did to it. */
  failure: CapstanError | undefined;
  #request: http.ClientRequest | undefined;

  constructor(body: string, options: { readonly model: string; readonly timeouts?: Timeouts | undefined }) {
    this.body = Buffer.from(body);
    this.model = options.model;
    this.timeouts = { connectMs: 15_000, firstByteMs: 600_000, idleMs: 180_000, ...options.timeouts };
  }

  /** Sends the request. Settles when the head of a success, or the whole of a refusal, is there. */
  async send(url: URL, sending: Sending): Promise<void> {
    try {
      const reply = await this.#head(url, sending).catch((error: unknown) => {
        if (!this.#wasStale(error)) throw error;
        return this.#head(url, sending);
      });
      await this.#receive(reply);
    } catch (error) {
      this.failure ??= networkError(error, { model: this.model, url });
      throw this.failure;
    }
  }

  /** Lets go: closes the connection unless the reply has ended. */
  close(): void {
    this.#request?.destroy();
    this.stream?.destroy();
  }

  /** Reads what is left of a reply that is complete for us, so that the connection can serve again. */
  drain(): void {
    this.#request?.setTimeout(1000);
    this.stream?.resume();
  }

  /** A kept connection that the server had closed meanwhile: nothing was processed, so it may be sent again. */
  #wasStale(error: unknown): boolean {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    return this.#request?.reusedSocket === true && (code === 'ECONNRESET' || code === 'EPIPE') && this.status === 0;
  }

  #head(url: URL, { headers, signal }: Sending): Promise<http.IncomingMessage> {
    const all = { 'user-agent': 'capstan', ...headers, 'content-length': String(this.body.byteLength) };
    const request = httpClient(url).request(url, { method: 'POST', headers: all, signal });
    this.#request = request;
    const reply = new Promise<http.IncomingMessage>((resolve, reject) =>
      request.on('error', reject).on('response', resolve),
    );
    request.on('timeout', () => this.#giveUp(this.status === 0 ? 'first byte' : 'idle'));
    request.setTimeout(this.timeouts.firstByteMs);
    this.#watchConnect(request, url.protocol === 'https:' ? 'secureConnect' : 'connect');
    request.end(this.body);
    return reply;
  }

  #watchConnect(request: http.ClientRequest, connected: 'connect' | 'secureConnect'): void {
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => this.#giveUp('connect'), this.timeouts.connectMs);
      const stop = (): void => clearTimeout(timer);
      socket.once(connected, stop);
      request.once('close', stop);
    });
  }

  #giveUp(phase: TimeoutPhase): void {
    const ms = {
      connect: this.timeouts.connectMs,
      'first byte': this.timeouts.firstByteMs,
      idle: this.timeouts.idleMs,
    }[phase];
    this.failure ??= timeoutError(phase, this.model, ms);
    this.stream?.destroy(this.failure);
    this.#request?.destroy(this.failure);
  }

  async #receive(reply: http.IncomingMessage): Promise<void> {
    this.status = reply.statusCode ?? 0;
    this.header = (name) => {
      const value = reply.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    this.#request?.setTimeout(this.timeouts.idleMs);
    this.stream = decompressed(reply);
    if (this.status >= 200 && this.status < 300) return;
    const text = await readText(this.stream);
    const location = this.header('location');
    this.refusal = { status: this.status, header: this.header, text: location ? `It redirects to ${location}` : text };
  }
}

function decompressed(reply: http.IncomingMessage): Readable {
  const encoding = reply.headers['content-encoding']?.trim().toLowerCase();
  const decoder =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'br'
        ? createBrotliDecompress()
        : encoding === 'deflate'
          ? createInflate()
          : undefined;
  if (!decoder) return reply;
  reply.once('error', (error) => decoder.destroy(error));
  reply.once('aborted', () => decoder.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
  return reply.pipe(decoder);
}

const maxRefusalBytes = 65_536;

/** Reads the words of a refusal; a body that breaks off or never ends is cut, its beginning still says enough. */
async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > maxRefusalBytes) break;
    }
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
  }
  return Buffer.concat(chunks).toString('utf8', 0, maxRefusalBytes);
}
