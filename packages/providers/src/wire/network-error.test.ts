import http from 'node:http';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Exchange, type Timeouts } from './exchange.ts';
import { networkError } from './network-error.ts';

const servers: net.Server[] = [];
const sockets: net.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: net.Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: net.Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

function send(url: string, timeouts: Timeouts = {}): Promise<void> {
  const exchange = new Exchange('{}', { model: 'host/m', timeouts });
  const { signal } = new AbortController();
  return exchange.send(new URL(url), { headers: { accept: 'text/event-stream' }, signal });
}

test('a connection that does not come to stand is given up', async () => {
  const port = await portOf(net.createServer());
  await expect(send(`https://127.0.0.1:${port}/`, { connectMs: 100 })).rejects.toMatchObject({
    code: 'model_failed',
    message: 'host/m: no connection within 100 ms. Check the network and the base URL.',
    details: { retryable: true, where: 'connect' },
  });
});

test('a server that sends no headers is given up', async () => {
  const port = await portOf(http.createServer(() => {}));
  await expect(send(`http://127.0.0.1:${port}/`, { firstByteMs: 100 })).rejects.toMatchObject({
    details: { where: 'first byte', retryable: true },
  });
});

test('a port that speaks no TLS is told as such and not tried again', async () => {
  const port = await portOf(http.createServer());
  await expect(send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
    code: 'model_failed',
    message: expect.stringContaining('no trusted TLS connection'),
    details: { retryable: false, where: 'tls' },
  });
});

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', false],
  ['CERT_HAS_EXPIRED', 'tls', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', false],
  ['ENOTFOUND', 'network', false],
  ['ECONNREFUSED', 'network', true],
  ['ECONNRESET', 'network', true],
  ['EAI_AGAIN', 'network', true],
  ['HPE_INVALID_CONSTANT', 'network', true],
  ['UND_ERR_SOCKET', 'network', true],
])('%s is a fault of %s', (code, where, retryable) => {
  const error = networkError(Object.assign(new Error('broken'), { code }), {
    model: 'host/m',
    url: new URL('https://u:secret@x.example/p?key=secret'),
  });
  expect(error).toMatchObject({ code: 'model_failed', details: { where, retryable, model: 'host/m' } });
  expect(error.message).toContain('https://x.example');
  expect(error.message).not.toContain('secret');
});

test.each([
  ['a bug', new TypeError('x is not a function')],
  ['a wrong argument', Object.assign(new TypeError('wrong'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ['a file that is not there', Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' })],
  ['a text', 'no key today'],
  ['nothing', undefined],
])('%s is no fault of the network and not tried again', (_, thrown) => {
  const error = networkError(thrown, { model: 'host/m' });
  expect(error).toMatchObject({ code: 'model_failed', details: { retryable: false }, cause: thrown });
  expect(error.details.where).toBeUndefined();
});

test('the fault that a fetch hides in its cause is found', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const hidden = new Error('Connection error.', { cause: new TypeError('fetch failed', { cause: reset }) });
  expect(networkError(hidden, { model: 'host/m' })).toMatchObject({ details: { retryable: true, where: 'network' } });
});

test('a socket that may not be opened is a fault of the network', () => {
  const error = Object.assign(new Error('connect EPERM'), { code: 'EPERM', syscall: 'connect' });
  expect(networkError(error, { model: 'host/m' }).details).toMatchObject({ where: 'network' });
});
