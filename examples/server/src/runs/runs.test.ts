import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '@capstan/sdk/sqlite';
import { scriptedModel, type Script } from '@capstan/sdk/testing';
import { remoteRun } from '@capstan/sdk/wire';
import type { RunEvent } from '@capstan/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultGateSettings } from '../gate/gate-settings.ts';
import { openParts } from '../gate/open-parts.ts';
import { startHttp } from '../http/server.ts';
import { openRunBook } from './run-book.ts';
import { runRoutes } from './run-routes.ts';
import { openWorkspaces, type WorkspaceSettings } from './workspaces.ts';

let folder: string;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-runs-'));
  mkdirSync(join(folder, 'work'));
  writeFileSync(join(folder, 'work', 'a.txt'), 'one\n');
  writeFileSync(join(folder, 'secret.txt'), 'not for agents\n');
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const settings = (change: Partial<WorkspaceSettings> = {}): WorkspaceSettings => ({
  root: join(folder, 'work'),
  organisations: ['acme'],
  devices: [],
  mode: 'suggest',
  approvals: 1,
  commands: 'none',
  budget: { turns: 20 },
  ...change,
});

const write = (path: string, content = 'two\n') => ({ calls: [{ tool: 'write', input: { path, content } }] });

/** Starts a relay over the folder; another one after it finds what this one kept. */
async function relay(script: Script, change: Partial<WorkspaceSettings> = {}, notices?: string[]) {
  const began: string[] = [];
  const parts = await openParts({
    settings: defaultGateSettings,
    env: {},
    databasePath: join(folder, 'relay.db'),
    clock: Date.now,
  });
  const workspaces = await openWorkspaces({ work: settings(change) }, { home: '/nobody' });
  const store = sqliteStore(join(folder, 'runs.db'));
  const model = scriptedModel(script);
  const book = openRunBook({
    ...parts,
    store,
    workspaces,
    openModel: () => model,
    settings: { perDevice: 2, atOnce: 8 },
    clock: Date.now,
    notice: (message) => (notices ? void notices.push(message) : expect.fail(message)),
    takeOverMs: 50,
    began: ({ id }) => void began.push(id),
  });
  const leaving = new AbortController();
  const routes = runRoutes({ gate: parts.gate, book, workspaces, leaving: leaving.signal, heartBeatMs: 20 });
  const server = await startHttp({ host: '127.0.0.1', port: 0, routes, observers: [] });
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    leaving.abort();
    await server.drain({ deadlineMs: 300 });
    await book.close();
    await store.close();
    workspaces.close();
    await parts.close();
  };
  closing.push(close);
  const device = async (organisation = 'acme') => parts.devices.issue({ organisation });
  const ask = async (token: string, method: string, path: string, body?: unknown) => {
    const reply = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, never>) : {};
    return { status: reply.status, text, json };
  };
  return { url: server.url, parts, book, model, began, close, device, ask };
}

async function pending(run: AsyncIterable<RunEvent>): Promise<string> {
  for await (const event of run) if (event.type === 'approval.requested') return event.callId;
  throw new Error('nothing was asked');
}

const headersOf = (token: string) => ({ authorization: `Bearer ${token}` });

test('a run starts, is followed, approved and ends with a patch', async () => {
  const { url, device, ask, parts } = await relay([write('a.txt'), { text: 'Done.' }]);
  const { token, deviceId } = await device();
  const started = await ask(token, 'POST', '/v1/runs', { task: 'change a', workspace: 'work' });
  expect([started.status, started.json['state']]).toEqual([202, 'running']);
  const id = String(started.json['id']);
  const run = await remoteRun(`${url}/v1/runs/${id}`, { headers: headersOf(token) });
  const callId = await pending(run);
  expect((await ask(token, 'GET', `/v1/runs/${id}/result`)).status).toBe(409);
  expect((await ask(token, 'GET', `/v1/runs/${id}`)).json).toMatchObject({
    state: 'running',
    device_id: deviceId,
    pending: [{ call_id: callId, tool: 'write', approvals: 1, by: [] }],
  });
  expect((await ask(token, 'POST', `/v1/runs/${id}/approve`, { callId })).status).toBe(204);
  expect(await run.result).toMatchObject({ reason: 'done', text: 'Done.' });
  expect(readFileSync(join(folder, 'work', 'a.txt'), 'utf8')).toBe('two\n');
  expect((await ask(token, 'GET', `/v1/runs/${id}/result`)).json).toMatchObject({
    state: 'done',
    pending: [],
    result: { text: 'Done.', turns: 2 },
    patches: [{ files: [{ path: 'a.txt', change: 'modify' }] }],
  });
  const patch = await ask(token, 'GET', `/v1/runs/${id}/patch`);
  expect(patch.text).toContain('-one\n+two\n');
  await parts.ledger.flush();
  const rows = await parts.database.query('SELECT device_id, requests FROM relay_usage');
  expect(rows).toEqual([{ device_id: deviceId, requests: 2 }]);
});

test('two devices must approve, the owner cannot be both', async () => {
  const { url, device, ask } = await relay([write('a.txt'), { text: 'Done.' }], { approvals: 2 });
  const [ann, bob] = [await device(), await device()];
  const { json } = await ask(ann.token, 'POST', '/v1/runs', { task: 'x', workspace: 'work' });
  const path = `/v1/runs/${json['id']}`;
  const run = await remoteRun(url + path, { headers: headersOf(bob.token) });
  const callId = await pending(run);
  // Whom a client claims to be counts for nothing.
  for (const by of [ann.deviceId, bob.deviceId, 'somebody'])
    expect((await ask(ann.token, 'POST', `${path}/approve`, { callId, by })).status).toBe(204);
  expect(readFileSync(join(folder, 'work', 'a.txt'), 'utf8')).toBe('one\n');
  await expect
    .poll(async () => (await ask(ann.token, 'GET', path)).json['pending'])
    .toMatchObject([{ approvals: 2, by: [ann.deviceId] }]);
  expect((await ask(bob.token, 'POST', `${path}/approve`, { callId })).status).toBe(204);
  expect(await run.result).toMatchObject({ reason: 'done' });
});

test('a restart between two approvals loses neither the run nor the first of them', async () => {
  const before = await relay([write('a.txt'), { text: 'never said' }], { approvals: 2 });
  const [ann, bob] = [await before.device(), await before.device()];
  const { json } = await before.ask(ann.token, 'POST', '/v1/runs', { task: 'x', workspace: 'work' });
  const path = `/v1/runs/${json['id']}`;
  const callId = await pending(await remoteRun(before.url + path, { headers: headersOf(ann.token) }));
  await before.ask(ann.token, 'POST', `${path}/approve`, { callId });
  await expect
    .poll(async () => (await before.ask(ann.token, 'GET', path)).json['pending'])
    .toMatchObject([{ by: [ann.deviceId] }]);
  const early = await before.ask(ann.token, 'GET', path);
  await before.close();

  const after = await relay([{ text: 'Done.' }], { approvals: 2 });
  await after.book.resumeAll();
  expect((await after.ask(ann.token, 'GET', path)).json).toMatchObject({
    state: 'running',
    pending: early.json['pending'],
  });
  await after.ask(bob.token, 'POST', `${path}/approve`, { callId });
  const run = await remoteRun(after.url + path, { headers: headersOf(bob.token) });
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  expect(await run.result).toMatchObject({ reason: 'done', text: 'Done.' });
  // A reader who comes late sees both lives as one.
  const numbers = events.filter(({ type }) => !type.endsWith('.delta')).map(({ seq }) => seq);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
  expect(numbers[0]).toBe(1);
  expect(events.filter(({ type }) => type === 'run.ended')).toHaveLength(1);
  expect(readFileSync(join(folder, 'work', 'a.txt'), 'utf8')).toBe('two\n');
});

test('a run that has ended can be read again, from any place', async () => {
  const first = await relay([{ text: 'Hello there.' }]);
  const { token } = await first.device();
  const { json } = await first.ask(token, 'POST', '/v1/runs', { task: 'x', workspace: 'work' });
  const path = `/v1/runs/${json['id']}/events`;
  const whole = (await first.ask(token, 'GET', path)).text;
  expect(whole).toContain('"type":"run.ended"');
  await first.close();
  const second = await relay([]);
  const again = (await second.ask(token, 'GET', path)).text;
  expect(again).toContain('"type":"run.ended"');
  const reply = await fetch(second.url + path, { headers: { ...headersOf(token), 'last-event-id': '2' } });
  const rest = await reply.text();
  expect(rest.startsWith('id: 3')).toBe(true);
  expect(again.endsWith(rest)).toBe(true);
});

test('words, a stop and a denial reach the run', async () => {
  const { url, device, ask } = await relay([
    { calls: [{ tool: 'write', input: { path: 'b.txt', content: 'x' } }] },
    { text: 'waiting', hang: true },
  ]);
  const { token } = await device();
  const { json } = await ask(token, 'POST', '/v1/runs', { task: 'x', workspace: 'work' });
  const path = `/v1/runs/${json['id']}`;
  const run = await remoteRun(url + path, { headers: headersOf(token) });
  const callId = await pending(run);
  expect((await ask(token, 'POST', `${path}/deny`, { callId, reason: 'not there' })).status).toBe(204);
  expect((await ask(token, 'POST', `${path}/steer`, { text: 'rather c.txt' })).status).toBe(204);
  expect((await ask(token, 'POST', `${path}/queue`, { text: 'and then d.txt' })).status).toBe(204);
  expect((await ask(token, 'POST', `${path}/approve`, { callId: 'none' })).status).toBe(404);
  expect((await ask(token, 'POST', `${path}/steer`, { words: 1 })).status).toBe(400);
  expect((await ask(token, 'POST', path, { type: 'stop', reason: 'enough' })).status).toBe(204);
  expect(await run.result).toMatchObject({ reason: 'stopped', stopped: 'enough' });
  expect((await ask(token, 'POST', `${path}/steer`, { text: 'more' })).status).toBe(409);
});

test('a device without the workspace sees no run of it, and cannot start one', async () => {
  const { device, ask } = await relay([{ text: 'x', hang: true }]);
  const [ann, mallory] = [await device(), await device('other')];
  const { json } = await ask(ann.token, 'POST', '/v1/runs', { task: 'x', workspace: 'work' });
  const path = `/v1/runs/${json['id']}`;
  for (const [method, end] of [
    ['GET', ''],
    ['GET', '/events'],
    ['GET', '/result'],
    ['GET', '/patch'],
    ['POST', '/stop'],
    ['POST', '/approve'],
    ['POST', ''],
  ] as const)
    expect(
      (await ask(mallory.token, method, path + end, method === 'POST' ? { type: 'stop' } : undefined)).status,
    ).toBe(404);
  expect((await ask(mallory.token, 'GET', '/v1/runs')).json).toEqual({ workspaces: [], runs: [] });
  expect((await ask('cap1.x.y.z', 'GET', path)).status).toBe(401);
  for (const workspace of ['work', '../work', '__proto__', 'constructor', folder])
    expect([400, 404]).toContain((await ask(mallory.token, 'POST', '/v1/runs', { task: 'x', workspace })).status);
  expect(
    (await ask(ann.token, 'POST', '/v1/runs', { task: 'x', workspace: 'work', session_id: 'of-another' })).status,
  ).toBe(404);
});

test('an agent does not leave its workspace, by no path and no link', async () => {
  symlinkSync(folder, join(folder, 'work', 'out'));
  const paths = ['../secret.txt', join(folder, 'secret.txt'), 'out/secret.txt', 'out/fresh.txt'];
  const { device, ask, url } = await relay([...paths.map((path) => write(path, 'broken')), { text: 'Done.' }], {
    mode: 'auto-edit',
  });
  const { token } = await device();
  const { json } = await ask(token, 'POST', '/v1/runs', { task: 'x', workspace: 'work' });
  const run = await remoteRun(`${url}/v1/runs/${json['id']}`, { headers: headersOf(token) });
  for await (const event of run) if (event.type === 'approval.requested') run.approve(event.callId, { by: 'x' });
  expect((await run.result).patches).toEqual([]);
  expect(readFileSync(join(folder, 'secret.txt'), 'utf8')).toBe('not for agents\n');
});

test('a device has only so many runs at a time', async () => {
  const { device, ask } = await relay(() => ({ text: 'x', hang: true }));
  const { token } = await device();
  const start = async () => (await ask(token, 'POST', '/v1/runs', { task: 'x', workspace: 'work' })).status;
  expect([await start(), await start(), await start()]).toEqual([202, 202, 429]);
});

test.each(['/', '/no/such/folder', ''])('%j is no root of a workspace', async (root) => {
  await expect(openWorkspaces({ work: settings({ root }) }, { home: '/nobody' })).rejects.toMatchObject({
    code: 'invalid_config',
  });
});

test('a stream of a run that waits for people is kept open, and is a stream of events all the same', async () => {
  const { url, device, ask } = await relay([write('a.txt'), { text: 'Done.' }]);
  const { token } = await device();
  const { json } = await ask(token, 'POST', '/v1/runs', { task: 'change a', workspace: 'work' });
  const address = `${url}/v1/runs/${String(json['id'])}`;
  const reply = await fetch(`${address}/events`, { headers: headersOf(token) });
  const reader = reply.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes(': keep-alive\n\n')) text += decoder.decode((await reader?.read())?.value, { stream: true });
  const run = await remoteRun(address, { headers: headersOf(token) });
  await ask(token, 'POST', `/v1/runs/${String(json['id'])}/approve`, { callId: await pending(run) });
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
    text += decoder.decode(next.value, { stream: true });
  expect(await run.result).toMatchObject({ reason: 'done' });
  const events = text
    .replaceAll(': keep-alive\n\n', '')
    .split('\n\n')
    .filter((each) => each !== '');
  expect(events.every((each) => /^id: [\d.]+\ndata: \{.*\}$/.test(each))).toBe(true);
  expect(events.at(-1)).toContain('"type":"run.ended"');
});

test('of two relays that share a store, one works on a run and the other shows how it stands', async () => {
  const first = await relay([write('a.txt'), { text: 'Done.' }]);
  const { token } = await first.device();
  const { json } = await first.ask(token, 'POST', '/v1/runs', { task: 'change a', workspace: 'work' });
  const path = `/v1/runs/${String(json['id'])}`;
  const run = await remoteRun(first.url + path, { headers: headersOf(token) });
  const callId = await pending(run);

  const second = await relay([{ text: 'This model is not asked.' }]);
  // Both sign with the key of the store, so a token of one is one of the other.
  const shown = await second.ask(token, 'GET', path);
  expect([shown.status, shown.json]).toMatchObject([200, { state: 'running', pending: [{ call_id: callId }] }]);
  for (const order of ['approve', 'deny', 'stop']) {
    const answer = await second.ask(token, 'POST', `${path}/${order}`, { callId });
    expect([order, answer.status]).toEqual([order, 409]);
    expect(answer.text).toContain('does not go on here');
  }
  expect((await second.ask(token, 'GET', `${path}/events`)).status).toBe(409);
  expect((await first.ask(token, 'POST', `${path}/approve`, { callId })).status).toBe(204);
  expect(await run.result).toMatchObject({ reason: 'done', text: 'Done.' });
  await first.close();
  const result = await second.ask(token, 'GET', `${path}/result`);
  expect([result.status, result.json]).toMatchObject([200, { state: 'done', result: { text: 'Done.' } }]);
  expect(second.model.requests).toHaveLength(0);
});

test('what a relay still held when another one started goes on there once it is let go', async () => {
  const first = await relay([write('a.txt'), { text: 'Never said.' }]);
  const { token } = await first.device();
  const { json } = await first.ask(token, 'POST', '/v1/runs', { task: 'change a', workspace: 'work' });
  const path = `/v1/runs/${String(json['id'])}`;
  const callId = await pending(await remoteRun(first.url + path, { headers: headersOf(token) }));
  const notices: string[] = [];
  const second = await relay([{ text: 'Done by the other.' }], {}, notices);
  await second.book.resumeAll();
  expect(notices).toEqual([expect.stringContaining('does not go on here')]);
  await first.close();
  await expect.poll(() => second.began, { timeout: 20_000 }).toEqual([json['id']]);
  const run = await remoteRun(second.url + path, { headers: headersOf(token) });
  await pending(run);
  expect((await second.ask(token, 'POST', `${path}/approve`, { callId })).status).toBe(204);
  expect(await run.result).toMatchObject({ reason: 'done', text: 'Done by the other.' });
});
