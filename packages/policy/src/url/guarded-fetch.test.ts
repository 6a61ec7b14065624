import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { guardedFetch, NetworkRefused } from './guarded-fetch.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return (server.address() as AddressInfo).port;
}

test('an allowed host is reached, at the address that was looked up', async () => {
  const seen: string[] = [];
  const port = await serve((request, reply) => {
    seen.push(`${request.method} ${request.headers.host} ${request.url}`);
    reply.end('hello');
  });
  const looked: string[] = [];
  const reply = await guardedFetch(`http://page.dev:${port}/a?b=1`, {
    hosts: [`page.dev:${port}`],
    lookup: (host) => {
      looked.push(host);
      return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    },
  });
  expect([reply.status, await reply.text()]).toEqual([200, 'hello']);
  expect(looked).toEqual(['page.dev']);
  expect(seen).toEqual([`GET page.dev:${port} /a?b=1`]);
});

test('a public name with an internal address is refused before any connection', async () => {
  let reached = false;
  const port = await serve((_request, reply) => {
    reached = true;
    reply.end();
  });
  const lookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  await expect(guardedFetch(`http://page.dev:${port}/`, { lookup })).rejects.toThrow(NetworkRefused);
  expect(reached).toBe(false);
});

test.each([
  'http://127.0.0.1/',
  'http://[::1]/',
  'http://169.254.169.254/',
  'file:///etc/passwd',
  'http://user@page.dev/',
  'http://localhost/',
  'nonsense',
])('%s is refused', async (url) => {
  await expect(guardedFetch(url)).rejects.toThrow(NetworkRefused);
});

test('a host that is not on the list is refused', async () => {
  await expect(guardedFetch('https://other.dev/', { hosts: ['page.dev'] })).rejects.toThrow(/not on the list/);
});

test('a redirect to an internal address is refused', async () => {
  const port = await serve((_request, reply) => {
    reply.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
  });
  await expect(guardedFetch(`http://127.0.0.1:${port}/`, { hosts: [`127.0.0.1:${port}`] })).rejects.toThrow(/metadata/);
});

test('a redirect to another origin loses credentials, one to the same keeps them', async () => {
  const headers: IncomingMessage['headers'][] = [];
  const other = await serve((request, reply) => {
    headers.push(request.headers);
    reply.end('there');
  });
  const port = await serve((request, reply) => {
    headers.push(request.headers);
    reply
      .writeHead(request.url === '/a' ? 307 : 302, {
        location: request.url === '/a' ? '/b' : `http://127.0.0.1:${other}/`,
      })
      .end();
  });
  const reply = await guardedFetch(`http://127.0.0.1:${port}/a`, {
    headers: { authorization: 'Bearer x', accept: 'text/plain' },
    hosts: [`127.0.0.1:${port}`, `127.0.0.1:${other}`],
  });
  expect(await reply.text()).toBe('there');
  expect(headers.map(({ authorization, accept }) => [authorization, accept])).toEqual([
    ['Bearer x', 'text/plain'],
    ['Bearer x', 'text/plain'],
    [undefined, 'text/plain'],
  ]);
});

test('redirects and replies are bounded', async () => {
  const port = await serve((request, reply) => {
    if (request.url === '/long') reply.end('x'.repeat(5000));
    else reply.writeHead(302, { location: '/again' }).end();
  });
  const hosts = [`127.0.0.1:${port}`];
  await expect(guardedFetch(`http://127.0.0.1:${port}/`, { hosts })).rejects.toThrow(/more than 5 redirects/);
  const reply = await guardedFetch(`http://127.0.0.1:${port}/long`, { hosts, maxBytes: 1000 });
  await expect(reply.text()).rejects.toThrow(/longer than 1000 bytes/);
});

test('an aborted signal ends the request', async () => {
  const port = await serve(() => {});
  const stop = new AbortController();
  const reply = guardedFetch(`http://127.0.0.1:${port}/`, { hosts: [`127.0.0.1:${port}`], signal: stop.signal });
  stop.abort();
  await expect(reply).rejects.toThrow();
});
