import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openaiServer } from '@capstan/providers/testing';
import { remoteRun } from '@capstan/sdk/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, startProgram, type StartedProgram, stopPrograms } from '../testing/start-program.ts';

const planted = {
  OWN_KEY: 'sk-planted-0123456789abcdef',
  ACME: 'planted-invitation-of-acme',
  ADMIN: 'planted-administrator-key-32-chars',
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-kill-'));
});
afterEach(async () => {
  stopPrograms();
  rmSync(folder, { recursive: true, force: true });
});

function start(): Promise<StartedProgram> {
  return startProgram(folder, planted);
}

test('a relay that is killed between two approvals goes on with the run, and tells no key', async () => {
  mkdirSync(join(folder, 'work'));
  writeFileSync(join(folder, 'work', 'a.txt'), 'one\n');
  const write = { tool: 'write', input: { path: 'a.txt', content: 'two\n' } };
  await using vendor = await openaiServer([{ calls: [write] }, { text: 'Done.' }]);
  const settings = {
    upstreams: { own: { kind: 'compatible', baseURL: `${vendor.url}/v1`, keys: [{ env: 'OWN_KEY' }] } },
    fallback: 'own/model',
    devices: { workBits: 0 },
    admin: { key: { env: 'ADMIN' } },
    organisations: { acme: { invites: [{ env: 'ACME' }] } },
    runs: {
      workspaces: { site: { root: join(folder, 'work'), organisations: ['acme'], approvals: 2, commands: 'none' } },
    },
  };
  writeFileSync(join(folder, 'relay.json'), JSON.stringify(settings));

  const first = await start();
  const device = async () => {
    const { json } = await ask(`${first.url}/v1/devices`, 'POST', { body: { invite: planted.ACME } });
    return { token: String(json['token']), id: String(json['device_id']) };
  };
  const [ann, bob] = [await device(), await device()];
  const started = await ask(`${first.url}/v1/runs`, 'POST', {
    token: ann.token,
    body: { task: 'x', workspace: 'site' },
  });
  expect(started.status).toBe(202);
  const path = `/v1/runs/${String(started.json['id'])}`;
  const pending = async (relay: StartedProgram) =>
    (await ask(relay.url + path, 'GET', { token: bob.token })).json['pending'];
  await expect.poll(() => pending(first), { timeout: 20_000 }).toMatchObject([{ approvals: 2, by: [] }]);
  const [{ call_id: callId }] = (await pending(first)) as [{ call_id: string }];
  await ask(`${first.url}${path}/approve`, 'POST', { token: ann.token, body: { callId } });
  await expect.poll(() => pending(first), { timeout: 20_000 }).toMatchObject([{ by: [ann.id] }]);
  const gone = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await gone;

  const second = await start();
  await expect.poll(() => pending(second), { timeout: 20_000 }).toMatchObject([{ approvals: 2, by: [ann.id] }]);
  const run = await remoteRun(second.url + path, { headers: { authorization: `Bearer ${bob.token}` } });
  await ask(`${second.url}${path}/approve`, 'POST', { token: bob.token, body: { callId } });
  expect(await run.result).toMatchObject({ reason: 'done', text: 'Done.' });
  expect(readFileSync(join(folder, 'work', 'a.txt'), 'utf8')).toBe('two\n');

  const seen = [first.said(), second.said()];
  for (const what of [
    '/metrics',
    '/readyz',
    '/admin/api/overview',
    '/admin/api/devices',
    '/admin/api/usage',
    '/admin/api/limits',
    '/v1/models',
  ])
    seen.push(
      (await ask(second.url + what, 'GET', { token: what.startsWith('/admin') ? planted.ADMIN : bob.token })).text,
    );
  seen.push((await ask(second.url + path, 'GET', { token: ann.token })).text);
  for (const secret of [...Object.values(planted), ann.token, bob.token]) expect(seen.join('\n')).not.toContain(secret);
  expect(seen.join('\n')).toContain('own');
});

test('a relay that is told to end takes no more calls, and lets those under way come to their end', async () => {
  let finish: () => void = () => {};
  const held = new Promise<void>((resolve) => (finish = resolve));
  const vendor = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"index":0,"delta":{"content":"begun"}}]}\n\n');
    void held.then(() => response.end('data: [DONE]\n\n'));
  });
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
  const { port } = vendor.address() as AddressInfo;
  const settings = {
    upstreams: { own: { kind: 'compatible', baseURL: `http://127.0.0.1:${port}/v1` } },
    fallback: 'own/*',
    devices: { workBits: 0 },
  };
  writeFileSync(join(folder, 'relay.json'), JSON.stringify(settings));
  const relay = await start();
  const { json } = await ask(`${relay.url}/v1/devices`, 'POST', { body: {} });
  const headers = { authorization: `Bearer ${String(json['token'])}` };
  const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] });
  const call = () => fetch(`${relay.url}/v1/chat/completions`, { method: 'POST', headers, body });
  const reply = await call();
  const ended = once(relay.child, 'exit');
  relay.child.kill('SIGTERM');
  await expect.poll(relay.said, { timeout: 20_000 }).toContain('finishing the calls under way');
  await expect
    .poll(
      () =>
        call().then(
          ({ status }) => status,
          () => 'refused',
        ),
      { timeout: 20_000 },
    )
    .toBe('refused');
  finish();
  const from = performance.now();
  expect(await reply.text()).toMatch(/begun[^]*\[DONE\]\n\n$/);
  expect(await ended).toEqual([0, null]);
  // The client still holds its connection, which is nothing to wait for.
  expect(performance.now() - from).toBeLessThan(15_000);
  vendor.closeAllConnections();
  vendor.close();
});
