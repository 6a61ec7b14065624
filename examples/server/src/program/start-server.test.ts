import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openaiServer, startLoopback } from '@capstan/providers/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { descriptions } from './described-routes.ts';
import { type RunningServer, type ServerOptions, startServer } from './start-server.ts';

interface Home extends AsyncDisposable {
  readonly folder: string;
  readonly file: string;
  start(options?: ServerOptions): Promise<RunningServer>;
  config(value: unknown): Promise<void>;
}

async function home(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-server-'));
  const file = join(folder, 'relay.json');
  const started: RunningServer[] = [];
  return {
    folder,
    file,
    async start(options = {}) {
      const env = { CAPSTAN_CONFIG_HOME: folder, KEY: 'sk-0123456789abcdef', OLLAMA_HOST: 'http://127.0.0.1:9' };
      const server = await startServer({ port: 0, databasePath: ':memory:', env, ...options });
      started.push(server);
      return server;
    },
    config: (value) => writeFile(file, JSON.stringify(value)),
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((server) => server.close({ deadlineMs: 0 })));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function tokenOf({ url }: RunningServer): Promise<string> {
  const reply = await fetch(`${url}/v1/devices`, { method: 'POST', body: '{}' });
  return ((await reply.json()) as { token: string }).token;
}

async function ask(url: string, token: string, model: string): Promise<string> {
  const reply = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'hi' }] }),
  });
  return `${reply.status} ${await reply.text()}`;
}

const devices = { workBits: 0 };

test('with nothing configured the practice model answers, and the relay says so', async () => {
  await using one = await home();
  await one.config({ devices });
  const server = await one.start({ configFile: one.file });
  expect(server.notice).toContain('practice model');
  const ready = await fetch(`${server.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.text()).toContain('practice model');
  expect(await ask(server.url, await tokenOf(server), 'gpt-5')).toMatch(/^200 [\s\S]*data: \[DONE\]\n\n$/);
  expect(await ask(server.url, 'no-token', 'gpt-5')).toMatch(/^401 /);
});

test('with nothing configured and Ollama on this machine, its models answer every client', async () => {
  await using one = await home();
  const json = { 'content-type': 'application/json' };
  const says = (text: string) => ({ headers: json, body: text });
  const choice = { index: 0, message: { role: 'assistant', content: 'from Ollama' }, finish_reason: 'stop' };
  const models = [{ name: 'qwen3:8b', model: 'qwen3:8b', size: 1, digest: 'd' }];
  await using ollama = await startLoopback(({ path }) => {
    if (path === '/api/version') return says('{"version":"0.14.2"}');
    if (path === '/api/tags') return says(JSON.stringify({ models }));
    if (path === '/v1/chat/completions') return says(JSON.stringify({ choices: [choice] }));
    const message = { role: 'assistant', content: 'from Ollama' };
    return says(`${JSON.stringify({ model: 'qwen3:8b', message, done: true, done_reason: 'stop' })}\n`);
  });
  await one.config({ devices });
  const env = { CAPSTAN_CONFIG_HOME: one.folder, OLLAMA_HOST: ollama.url };
  const server = await one.start({ configFile: one.file, env });
  expect(server.notice).toContain(`Ollama at ${ollama.url}`);
  const headers = { authorization: `Bearer ${await tokenOf(server)}` };
  const body = JSON.stringify({
    model: 'claude-sonnet-4-5',
    max_tokens: 50,
    messages: [{ role: 'user', content: 'hi' }],
  });
  for (const path of ['/v1/chat/completions', '/v1/messages']) {
    const reply = await fetch(server.url + path, { method: 'POST', headers, body });
    expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('from Ollama')]);
  }
  expect(JSON.stringify(ollama.requests.map((request) => request.body))).not.toContain('claude');
});

test('a changed configuration counts at once, a broken one changes nothing', async () => {
  await using one = await home();
  await using first = await openaiServer([{ text: 'from-first' }]);
  await using second = await openaiServer([{ text: 'from-second' }]);
  const config = (url: string) => ({
    devices,
    upstreams: { main: { kind: 'compatible', baseURL: `${url}/v1`, keys: [{ env: 'KEY' }] } },
    fallback: 'main/*',
  });
  await one.config(config(first.url));
  const notices: string[] = [];
  const observers = [{ notice: (message: string) => void notices.push(message) }];
  const server = await one.start({ configFile: one.file, observers });
  const token = await tokenOf(server);
  await ask(server.url, token, 'm');
  await server.reload();
  await writeFile(one.file, '{"upstreams": {"main": {"kind": "no such kind"}}}');
  await server.reload();
  expect(notices.at(-1)).toMatch(/last good one holds:\n.*relay\.json:1: upstreams\.main\.kind/);
  await ask(server.url, token, 'm');
  await one.config(config(second.url));
  await server.reload();
  await ask(server.url, token, 'm');
  expect([first.requests.length, second.requests.length]).toEqual([2, 1]);
});

test('the OpenAPI document is valid and what it describes is served', async () => {
  await using one = await home();
  await one.config({ devices });
  const admin = 'an administrator key of enough length';
  const server = await one.start({
    configFile: one.file,
    env: { CAPSTAN_CONFIG_HOME: one.folder, CAPSTAN_RELAY_ADMIN_KEY: admin, OLLAMA_HOST: 'http://127.0.0.1:9' },
  });
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
  const described = Object.entries(descriptions).filter(([, { tag }]) => tag !== 'runs');
  for (const [route, { paths }] of described) {
    const [method = '', path = ''] = route.split(' ');
    for (const shown of paths ?? [path.replaceAll(/:(\w+)/g, '{$1}')])
      expect(Object.keys(document.paths[shown] ?? {}), `${route} is not served`).toContain(method.toLowerCase());
  }
});

test('a port that is taken is told in words', async () => {
  await using one = await home();
  const { port } = new URL((await one.start()).url);
  await expect(one.start({ port: Number(port) })).rejects.toThrow('another program listens there');
});
