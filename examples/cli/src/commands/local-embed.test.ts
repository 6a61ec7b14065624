import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const files = {
  'src/store.ts': 'export function openPort(port: number) {\n  return port;\n}\n',
  'src/limits.ts': 'export const port = 8080;\nexport const most = 3;\n',
};

/** An Ollama with one model for talking and one for vectors: what speaks of limits is alike, all else is not. */
async function ollamaServer({ fails = false } = {}) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const asked = body === '' ? {} : (JSON.parse(body) as { model?: string; input?: string[] });
      const give = (value: unknown) => response.end(JSON.stringify(value));
      if (request.url === '/api/version') return give({ version: '0.9.0' });
      if (request.url === '/api/tags') return give({ models: [{ name: 'talk:1b' }, { name: 'vectors:small' }] });
      if (request.url === '/api/show')
        return give({ capabilities: asked.model === 'vectors:small' ? ['embedding'] : ['completion'] });
      if (request.url !== '/api/embed' || fails) return void response.writeHead(500).end('{"error":"out of memory"}');
      seen.push(...(asked.input ?? []));
      return give({
        embeddings: (asked.input ?? []).map((one, at) => (at === 0 || /most/.test(one) ? [1, 0] : [0, 1])),
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    env: { OLLAMA_HOST: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    seen,
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}

const first = async (words: readonly string[], options: Parameters<typeof cli>[1]) => {
  const { payload } = envelopeOf(await cli(['search', '--json', ...words], options));
  return (payload['files'] as { path: string; signals: Record<string, number> }[])[0];
};

test('an embedding model of a local Ollama orders by meaning too, and can be left out', async () => {
  using repo = scratch(files);
  await using ollama = await ollamaServer();
  const options = { cwd: repo.root, env: ollama.env };
  const found = await first(['the port'], options);
  expect(found).toMatchObject({ path: 'src/limits.ts', signals: { meaning: 1 } });
  expect(ollama.seen.some((one) => one.startsWith('src/store.ts\n'))).toBe(true);
  expect(await first(['--no-meaning', 'the port'], options)).toMatchObject({ path: 'src/store.ts' });
});

test('a model that fails is no reason to find nothing', async () => {
  using repo = scratch(files);
  await using ollama = await ollamaServer({ fails: true });
  expect(await first(['the port'], { cwd: repo.root, env: ollama.env })).toMatchObject({ path: 'src/store.ts' });
});
