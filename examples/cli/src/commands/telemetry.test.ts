import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openaiServer } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { cliHere } from '../testing/cli-here.ts';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const planted = `sk-${'planted'.repeat(5)}`;

function home(root: string, vendor = 'http://127.0.0.1:9') {
  const env = {
    CAPSTAN_CONFIG_HOME: join(root, '.git', 'home'),
    OPENAI_API_KEY: planted,
    OPENAI_BASE_URL: `${vendor}/v1`,
  };
  return { cwd: root, env };
}

test('nothing is reported until it is asked for, and what is reported holds no content', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using vendor = await openaiServer(() => ({ text: `Swordfish, says ${planted}.` }));
  const options = home(repo.root, vendor.url);
  expect(envelopeOf(await cliHere(['telemetry', '--json'], options)).payload).toMatchObject({ on: false, otlp: null });
  await cliHere(['run', 'swordfish'], options);
  const file = join(repo.root, '.git', 'deep', 't.jsonl');
  const dry = await cliHere(['telemetry', 'on', '--file', '.git/deep/t.jsonl', '--dry-run'], options);
  expect(dry.stdout).toContain(file);
  expect((await cliHere(['telemetry', 'show'], options)).stdout).toContain('off');
  expect((await cliHere(['telemetry', 'on', '--file', '.git/deep/t.jsonl'], options)).code).toBe(0);
  expect((await cliHere(['telemetry', 'show'], options)).stdout).toContain(file);
  expect(existsSync(file)).toBe(false);
  expect((await cliHere(['run', 'swordfish'], options)).code).toBe(0);
  const bare = readFileSync(file, 'utf8');
  expect(bare).toContain('invoke_agent');
  expect(bare).toContain('gen_ai.client.token.usage');
  expect(bare).not.toMatch(/swordfish/i);
  await cliHere(['telemetry', 'on', '--file', '.git/deep/t.jsonl', '--content'], options);
  await cliHere(['run', 'swordfish'], options);
  const whole = readFileSync(file, 'utf8').slice(bare.length);
  expect(whole).toMatch(/Swordfish, says/);
  expect(whole).not.toContain(planted);
  await cliHere(['telemetry', 'off'], options);
  const length = readFileSync(file).length;
  await cliHere(['run', 'swordfish'], options);
  expect(readFileSync(file)).toHaveLength(length);
});

test('a collector is sent traces and metrics with its key, and one that is silent delays nothing for long', async () => {
  using repo = scratch();
  await using vendor = await openaiServer(() => ({ text: 'Hello.' }));
  const got: string[] = [];
  const collector = createServer((request, reply) => {
    got.push(`${request.url} ${request.headers['authorization']}`);
    request.resume().once('end', () => reply.end('{}'));
  });
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  const { port } = collector.address() as AddressInfo;
  const options = home(repo.root, vendor.url);
  // A collector's own path is a habit of many; it is taken as the address.
  await cliHere(['telemetry', 'on', '--otlp', `http://127.0.0.1:${port}/v1/traces`], options);
  const env = { ...options.env, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20k' };
  expect((await cli(['run', 'hello'], { ...options, env })).code).toBe(0);
  expect(new Set(got)).toEqual(new Set(['/v1/traces Bearer k', '/v1/metrics Bearer k']));
  const closed = new Promise((done) => collector.close(done));
  collector.closeAllConnections();
  await closed;
  expect(await cli(['run', 'hello'], { ...options, env })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Hello.'),
  });
  const silent = createServer(() => {});
  await new Promise<void>((listening) => silent.listen(port, '127.0.0.1', listening));
  const started = performance.now();
  expect((await cli(['run', 'hello'], { ...options, env })).code).toBe(0);
  expect(performance.now() - started).toBeLessThan(15_000);
  silent.closeAllConnections();
  silent.close();
});

test('a repository cannot have runs reported, and mistakes say what to do', async () => {
  using repo = scratch({ '.capstan/config.json': '{"telemetry":{"otlp":"http://127.0.0.1:9"}}' });
  const options = home(repo.root);
  expect((await cliHere(['telemetry', 'show'], options)).stdout).toContain('off');
  const said = async (...words: string[]) => {
    const { code, stderr } = await cliHere(['telemetry', 'on', ...words], options);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await said()).toContain('--otlp URL');
  expect(await said('--otlp', 'localhost:4318')).toContain('http://localhost:4318');
  const keyed = await said('--otlp', 'https://me:hush@otel.example.com');
  expect(keyed).toContain('OTEL_EXPORTER_OTLP_HEADERS');
  expect(keyed).not.toContain('hush');
});
