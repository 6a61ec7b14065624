import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Json } from '@capstan/sdk/contract';

/** A request as a loopback server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** The parsed body; `undefined` when there was none or it was no JSON. */
  readonly body: Json | undefined;
  /** Settles when the client has hung up or the reply is through: `true` when the client hung up first. */
  readonly hungUp: Promise<boolean>;
}

/** What a loopback server sends. */
export interface WireReply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
  /** What follows the body: the end, silence with an open connection, or a reset. Default `end`. */
  readonly then?: 'end' | 'hang' | 'reset';
  /** Says nothing at all, not even a status. */
  readonly silent?: boolean;
}

/** A server on a random port of this machine that speaks a vendor's wire. */
export interface LoopbackServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:41234`. */
  readonly url: string;
  /** All requests so far, in order. */
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/**
 * Starts a server that answers by `answer` and sends each body in random pieces, so that decoders meet every cut.
 *
 * @param options.seed Makes the pieces the same again; default 1.
 */
export async function startLoopback(
  answer: (request: SeenRequest) => WireReply | Promise<WireReply>,
  { seed = 1 }: { readonly seed?: number } = {},
): Promise<LoopbackServer> {
  const requests: SeenRequest[] = [];
  const random = randomFrom(seed);
  const server = http.createServer((incoming, outgoing) => {
    void readRequest(incoming, outgoing).then(async (request) => {
      requests.push(request);
      await send(outgoing, await answer(request), random);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close, [Symbol.asyncDispose]: close };
}

/** Compresses a reply, as a proxy between client and vendor may. */
export function gzipped(reply: WireReply): WireReply {
  return { ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' }, body: gzipSync(reply.body) };
}

/** A small generator of numbers from 0 to 1 (mulberry32) that gives the same row for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Cuts text at random, never inside a character. */
export function pieces(text: string, random: () => number): string[] {
  const characters = [...text];
  const cut: string[] = [];
  for (let from = 0; from < characters.length;) {
    const size = 1 + Math.floor(random() * 12);
    cut.push(characters.slice(from, from + size).join(''));
    from += size;
  }
  return cut;
}

async function readRequest(incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<SeenRequest> {
  const hungUp = new Promise<boolean>((resolve) => outgoing.on('close', () => resolve(!outgoing.writableFinished)));
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    body: parsed(Buffer.concat(chunks).toString('utf8')),
    hungUp,
  };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

async function send(outgoing: http.ServerResponse, reply: WireReply, random: () => number): Promise<void> {
  if (reply.silent) return;
  const bytes = Buffer.from(reply.body);
  outgoing.writeHead(reply.status ?? 200, reply.headers);
  outgoing.flushHeaders();
  for (let from = 0; from < bytes.length && !outgoing.destroyed;) {
    const size = 1 + Math.floor(random() ** 3 * Math.max(64, bytes.length / 8));
    outgoing.write(bytes.subarray(from, from + size));
    from += size;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (reply.then === 'hang') return;
  if (reply.then === 'reset') return void outgoing.socket?.resetAndDestroy();
  outgoing.end();
}
