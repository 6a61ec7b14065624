import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeTinyGguf } from '../testing/tiny-gguf.ts';
import { local } from './local.ts';

let folder = '';
let server: http.Server;
let asked: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-download-'));
  asked = [];
  await writeTinyGguf(join(folder, 'source.gguf'));
  const bytes = await readFile(join(folder, 'source.gguf'));
  server = http.createServer((request, reply) => serve(request, reply, bytes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** Serves a file, whole or in ranges, as model hosts do. */
function serve(request: http.IncomingMessage, reply: http.ServerResponse, bytes: Buffer): void {
  asked.push(`${request.method} ${request.url}`);
  if (request.url !== '/models/tiny.gguf') return void reply.writeHead(404).end();
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = Number(range?.[1] ?? 0);
  const to = range?.[2] ? Math.min(Number(range[2]), bytes.length - 1) : bytes.length - 1;
  const headers = {
    'accept-ranges': 'bytes',
    'content-length': to - from + 1,
    'content-type': 'application/octet-stream',
  };
  reply.writeHead(
    range ? 206 : 200,
    range ? { ...headers, 'content-range': `bytes ${from}-${to}/${bytes.length}` } : headers,
  );
  reply.end(request.method === 'HEAD' ? undefined : bytes.subarray(from, to + 1));
}

const addressOf = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

test('a model is downloaded once, tells how far it is, and speaks, later without the network', async () => {
  const progress: number[] = [];
  const options = {
    model: addressOf('/models/tiny.gguf'),
    folder: join(folder, 'cache'),
    contextTokens: 512,
    hardware: { gpu: false, threads: 1 },
    onProgress: ({ completed, total }: { completed: number; total: number }) => progress.push(completed / total),
  };
  await using first = local(options);
  await first.load();
  expect(progress.at(-1)).toBe(1);
  const request = {
    messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }],
    tools: [],
    maxOutputTokens: 3,
  };
  const types: string[] = [];
  for await (const event of first.stream(request, { signal: new AbortController().signal })) types.push(event.type);
  expect(types.at(-1)).toBe('message');
  asked = [];
  await using second = local(options);
  await second.load();
  expect(asked).toEqual([]);
});

test('a download that does not come ends when it is stopped', async () => {
  const controller = new AbortController();
  await using model = local({
    model: 'http://127.0.0.1:9/never.gguf',
    folder: join(folder, 'cache'),
    hardware: { gpu: false },
  });
  const loading = model.load({ signal: controller.signal });
  controller.abort();
  await expect(loading).rejects.toMatchObject({ code: 'aborted' });
});

test('an address without a model is told as such', async () => {
  await using model = local({
    model: addressOf('/models/none.gguf'),
    folder: join(folder, 'cache'),
    hardware: { gpu: false },
  });
  await expect(model.load()).rejects.toMatchObject({
    code: 'model_failed',
    message: expect.stringContaining('cannot be downloaded') as string,
  });
});
