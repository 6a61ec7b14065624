import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { nodeListener } from './node-listener.ts';
import type { FetchHandler } from './node-listener.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(handler: FetchHandler, onError?: (error: unknown) => void): Promise<number> {
  const made = createServer(nodeListener(handler, onError));
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return (made.address() as AddressInfo).port;
}

test('a request comes with method, address, headers and body, and the response goes with its cookies', async () => {
  const port = await serve(async (request) => {
    const headers = new Headers({ 'x-path': new URL(request.url).pathname });
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    const said = `${request.method} ${request.headers.get('x-team')} ${await request.text()}`;
    return new Response(said, { status: 201, headers });
  });
  const response = await fetch(`http://127.0.0.1:${port}/a/b?c`, {
    method: 'PUT',
    headers: { 'x-team': 'blue' },
    body: 'hey',
  });
  expect([response.status, response.headers.get('x-path'), await response.text()]).toEqual([
    201,
    '/a/b',
    'PUT blue hey',
  ]);
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' })).status).toBe(201);
});

test('a client that reads slowly holds the source back', async () => {
  let made = 0;
  const piece = new Uint8Array(65_536);
  const port = await serve(
    () =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            controller.enqueue(piece);
            if (++made === 2_000) controller.close();
          },
        }),
      ),
  );
  const incoming = await new Promise<import('node:http').IncomingMessage>((resolve) =>
    request({ port, host: '127.0.0.1' }, resolve).end(),
  );
  incoming.pause();
  let before = -1;
  while (before !== made) {
    before = made;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(made).toBeLessThan(1_900);
  expect((await text(incoming)).length).toBe(2_000 * piece.length);
});

test('a client that goes away cancels the body it waits for, and aborts the request', async () => {
  const cancelled = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const port = await serve(({ signal }) => {
    signal.addEventListener('abort', () => aborted.resolve());
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: () => cancelled.resolve(),
    });
    return new Response(body);
  });
  const controller = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/`, { signal: controller.signal });
  await response.body?.getReader().read();
  controller.abort();
  await cancelled.promise;
  await aborted.promise;
});

test('what the handler throws is told to the server and not to the client', async () => {
  const seen: unknown[] = [];
  const failure = new Error('the key is 42');
  const port = await serve(
    () => {
      throw failure;
    },
    (error) => seen.push(error),
  );
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect([response.status, await response.text()]).toEqual([500, 'The server failed.']);
  expect(seen).toEqual([failure]);
});

test('a Host that makes no address is refused', async () => {
  const port = await serve(() => new Response('reached'));
  const status = await new Promise((resolve) =>
    request({ port, host: '127.0.0.1', headers: { host: 'a b' } }, (incoming) => resolve(incoming.statusCode)).end(),
  );
  expect(status).toBe(400);
});
