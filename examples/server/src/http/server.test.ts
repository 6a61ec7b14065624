import http from 'node:http';
import net from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { sendJson } from './send.ts';
import { type HttpOptions, type HttpServer, startHttp } from './server.ts';

const running: HttpServer[] = [];

async function start(options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const server = await startHttp({
    host: '127.0.0.1',
    port: 0,
    observers: [],
    routes: [
      {
        method: 'POST',
        path: '/echo/:name/*rest',
        handle: async (context) => {
          const { params, token, ip } = context;
          sendJson(context.response, 200, { params, token, ip, body: await context.json() });
        },
      },
      {
        method: 'GET',
        path: '/broken',
        handle: () => {
          throw new Error('secret words');
        },
      },
    ],
    ...options,
  });
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.drain({ deadlineMs: 0 })));
});

const post = (url: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${url}/echo/a%20b/c/d`, { method: 'POST', body: body as BodyInit, headers });

test('a handler sees parameters, token and body', async () => {
  const { url } = await start();
  for (const headers of [{ authorization: 'Bearer t' }, { 'x-api-key': 't' }, { 'x-goog-api-key': 't' }]) {
    const reply = await post(url, '{"a":1}', headers);
    expect(await reply.json()).toEqual({
      params: { name: 'a b', rest: 'c/d' },
      token: 't',
      ip: '127.0.0.1',
      body: { a: 1 },
    });
    expect(reply.headers.get('x-request-id')).toMatch(/^req_[\da-f]{32}$/);
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test('a compressed body is read, one that unfolds to too much is not', async () => {
  const { url } = await start({ maxBodyBytes: 2000 });
  const zipped = await post(url, gzipSync('{"a":1}'), { 'content-encoding': 'gzip' });
  expect(await zipped.json()).toMatchObject({ body: { a: 1 } });
  const zstd = await post(url, zstdCompressSync('{"a":1}'), { 'content-encoding': 'zstd' });
  expect(await zstd.json()).toMatchObject({ body: { a: 1 } });
  const bomb = await post(url, gzipSync(`"${'x'.repeat(100_000)}"`), { 'content-encoding': 'gzip' });
  expect(bomb.status).toBe(413);
  expect((await post(url, 'no gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
  expect((await post(url, '{}', { 'content-encoding': 'rot13' })).status).toBe(415);
});

test('a fault of a handler tells nothing but an id', async () => {
  const { url } = await start();
  const reply = await fetch(`${url}/broken`);
  expect(reply.status).toBe(500);
  const text = await reply.text();
  expect(text).not.toContain('secret words');
  expect(text).toContain(reply.headers.get('x-request-id') ?? 'no id');
});

test.each([
  ['GET', '/nowhere', 404],
  ['GET', '/echo/a/b', 405],
  ['POST', '/echo/%zz/b', 400],
])('%s %s is answered with %i', async (method, path, status) => {
  const { url } = await start();
  expect((await fetch(url + path, { method })).status).toBe(status);
});

test('pages of strangers and strange names of the server are refused', async () => {
  const { url } = await start({ origins: ['https://app.example'], hosts: ['127.0.0.1'] });
  expect((await post(url, '{}', { origin: 'https://evil.example' })).status).toBe(403);
  const allowed = await post(url, '{}', { origin: 'https://app.example' });
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
  const { port } = new URL(url);
  const status = await new Promise((resolve) =>
    http.get({ host: '127.0.0.1', port, path: '/broken', headers: { host: 'rebound.example' } }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    }),
  );
  expect(status).toBe(421);
});

test('a preflight of an allowed page names what it asked for', async () => {
  const { url } = await start({ origins: ['https://app.example'] });
  const headers = { origin: 'https://app.example', 'access-control-request-headers': 'authorization' };
  const reply = await fetch(`${url}/echo/a/b`, { method: 'OPTIONS', headers });
  expect(reply.status).toBe(204);
  expect(reply.headers.get('access-control-allow-headers')).toBe('authorization');
});

test('the address that a trusted proxy names counts, from nobody else', async () => {
  const trusting = await start({ trustedProxies: ['127.0.0.0/8'] });
  const forwarded = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 127.0.0.2' };
  expect(await (await post(trusting.url, '{}', forwarded)).json()).toMatchObject({ ip: '203.0.113.9' });
  const wary = await start();
  expect(await (await post(wary.url, '{}', forwarded)).json()).toMatchObject({ ip: '127.0.0.1' });
});

test('a client that sends its head drop by drop is cut off', async () => {
  const { url } = await start({ headersMs: 50, requestMs: 60 });
  const { port } = new URL(url);
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.write('POST /echo/a/b HTTP/1.1\r\nhost: 127.0.0.1\r\n');
  let said = '';
  socket.on('data', (chunk) => (said += String(chunk)));
  await new Promise((resolve) => socket.on('close', resolve));
  expect(said).toContain('408');
});
