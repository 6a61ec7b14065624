import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** Answers a request, as handlers of all frameworks do that know `Request` and `Response`. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** What `createServer` of `node:http` takes. */
export type NodeListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * Makes a listener for `createServer` of `node:http` from a handler: streams both ways at the pace of the slower side, and
 * cancels the response's body when the client goes away. What the handler throws is answered with 500, without a word of it.
 *
 * @param onError Told what the handler threw. Default: a warning of the process.
 */
export function nodeListener(handler: FetchHandler, onError: (error: unknown) => void = warn): NodeListener {
  return (incoming, outgoing) => {
    respond(handler, incoming, outgoing).catch((error: unknown) => {
      onError(error);
      if (!outgoing.headersSent) outgoing.writeHead(500, { 'content-type': 'text/plain' }).end('The server failed.');
      else outgoing.destroy();
    });
  };
}

async function respond(handler: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  const request = requestOf(incoming, gone.signal);
  if (!request) return void outgoing.writeHead(400, { 'content-type': 'text/plain' }).end('No such address.');
  const response = await handler(request);
  const cookies = response.headers.getSetCookie();
  const headers = Object.fromEntries(response.headers);
  outgoing.writeHead(response.status, cookies.length > 0 ? { ...headers, 'set-cookie': cookies } : headers);
  if (response.body) await send(response.body, outgoing, gone.signal);
  outgoing.end();
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = 'GET', headers: given, url = '/' } = incoming;
  const address = `http://${given.host ?? 'localhost'}${url}`;
  if (!URL.canParse(address)) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  const bare = method === 'GET' || method === 'HEAD';
  const body = bare ? {} : { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' as const };
  return new Request(address, { method, headers, signal, ...body });
}

async function send(body: ReadableStream<Uint8Array>, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  const reader = body.getReader();
  // A reader that waits for the next piece is told at once that nobody is there any more.
  const leave = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!outgoing.write(next.value) && !signal.aborted) await once(outgoing, 'drain', { signal }).catch(() => {});
  }
  signal.removeEventListener('abort', leave);
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), 'CapstanServerWarning');
}
