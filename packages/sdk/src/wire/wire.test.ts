import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Run } from '../contract/run.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { toEventStream } from './event-stream.ts';
import { handleRun } from './handle-run.ts';
import { readPosition, showPosition } from './position.ts';
import { remoteRun } from './remote-run.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** Serves a run on loopback; `cutAfter` breaks each connection after so many bytes. */
async function serve(run: Run, cutAfter = Infinity): Promise<string> {
  server = createServer((req, res) => {
    const body = req.method === 'POST' ? { body: Readable.toWeb(req) as ReadableStream, duplex: 'half' } : {};
    const request = new Request(`http://localhost${req.url}`, {
      method: req.method ?? 'GET',
      headers: req.headers as never,
      ...(body as object),
    });
    void handleRun(run, request).then(async (response) => {
      res.writeHead(response.status, Object.fromEntries(response.headers));
      let sent = 0;
      for await (const chunk of response.body ?? []) {
        sent += chunk.length;
        await new Promise((written) => res.write(chunk, written));
        if (sent > cutAfter) return res.socket?.end();
      }
      res.end();
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/`;
}

async function collect(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

/** Events with deltas in a row joined, so that pieces do not matter. */
function joined(events: readonly RunEvent[]): unknown[] {
  const out: unknown[] = [];
  let text = '';
  for (const event of events) {
    if (event.type === 'text.delta') text += event.text;
    else {
      if (text) out.push(text);
      text = '';
      out.push(event);
    }
  }
  return out;
}

const touch = defineTool({
  name: 'touch',
  description: 'Touches a file.',
  input: z.object({}),
  effects: [{ kind: 'write', path: '/a' }],
  execute: () => 'touched',
});

test('a run comes back over HTTP as the same typed events and result', async () => {
  const model = scriptedModel([{ text: 'Grüße 😀', chunkChars: 2, calls: [{ tool: 'touch' }] }, { text: 'Done.' }]);
  const run = createAgent({ model, tools: [touch] }).run('go', { approvals: 'wait' });
  const remote = await remoteRun(await serve(run));
  remote.on('approval.requested', ({ callId }) => remote.approve(callId, { by: 'ann' }));
  const events = await collect(remote);
  expect(joined(events)).toEqual(joined(await collect(run)));
  expect(await remote.result).toEqual(await run.result);
  expect([remote.id, remote.sessionId]).toEqual([run.id, run.sessionId]);
});

test('a connection that breaks again and again loses and doubles nothing', async () => {
  const model = scriptedModel([
    { text: 'word '.repeat(400), chunkChars: 7, calls: [{ tool: 'touch', input: {} }] },
    { text: 'Done.', chunkChars: 1 },
  ]);
  const run = createAgent({ model, tools: [touch] }).run('go', { approvals: 'wait' });
  run.on('approval.requested', ({ callId }) => run.approve(callId, { by: 'ann' }));
  const remote = await remoteRun(await serve(run, 900), { reconnectMs: 0, attempts: 3 });
  expect(joined(await collect(remote))).toEqual(joined(await collect(run)));
});

test('words steered and queued over the wire reach the run', async () => {
  const going = Promise.withResolvers<void>();
  const wait = defineTool({
    name: 'wait',
    description: 'Waits.',
    input: z.object({}),
    effects: [],
    execute: () => going.promise.then(() => 'waited'),
  });
  const model = scriptedModel([{ calls: [{ tool: 'wait', input: {} }] }, { text: 'first' }, { text: 'second' }]);
  const run = createAgent({ model, tools: [wait] }).run('go');
  const remote = await remoteRun(await serve(run));
  let kept = 0;
  remote.on('message.queued', () => void (++kept === 2 && going.resolve()));
  remote.on('tool.started', () => {
    remote.steer('hurry');
    remote.queue('and then');
  });
  expect((await remote.result).text).toBe('second');
  const said = model.requests.map(({ messages }) => JSON.stringify(messages));
  expect(said[1]).toContain('hurry');
  expect(said[1]).not.toContain('and then');
  expect(said[2]).toContain('and then');
});

test('a stop reaches the run', async () => {
  const model = scriptedModel([{ text: 'thinking', hang: true }]);
  const run = createAgent({ model }).run('go');
  const remote = await remoteRun(await serve(run));
  expect(await remote.stop('enough')).toMatchObject({ reason: 'stopped', stopped: 'enough' });
});

test('a client may resume at any place of the stream', async () => {
  const model = scriptedModel([{ text: 'one two three four', chunkChars: 3 }]);
  const run = createAgent({ model }).run('go');
  await run.result;
  const whole = joined(await collect(run));
  const all = await new Response(toEventStream(run)).text();
  const ids = [...all.matchAll(/^id: (.*)$/gm)].map((found) => found[1] ?? '');
  for (const [i, id] of ids.entries()) {
    const head = await read(
      all
        .split('\n\n')
        .slice(0, i + 1)
        .join('\n\n'),
    );
    const rest = await read(await new Response(toEventStream(run, { lastEventId: id })).text());
    expect(joined([...head, ...rest])).toEqual(whole);
  }
});

async function read(text: string): Promise<RunEvent[]> {
  return [...text.matchAll(/^data: (.*)$/gm)].map((found) => JSON.parse(found[1] ?? '') as RunEvent);
}

test('silence is filled with comments', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'x', hang: true }]) }).run('go');
  const reader = toEventStream(run, { heartbeatMs: 5 }).getReader();
  let text = '';
  while (!text.includes(': still here\n\n')) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  await run.stop();
});

test('a server that does not know the run says so, and a bad order is refused', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'x' }]) }).run('go');
  const post = (body: unknown) =>
    handleRun(run, new Request('http://x/', { method: 'POST', body: JSON.stringify(body) }));
  expect((await post({ type: 'dance' })).status).toBe(400);
  expect((await post({ type: 'approve', callId: 'none', by: 'ann' })).status).toBe(404);
  await run.result;
  expect((await post({ type: 'steer', text: 'more' })).status).toBe(409);
  expect((await handleRun(run, new Request('http://x/', { method: 'PUT' }))).status).toBe(405);
  const gone = () => Promise.resolve(new Response('', { status: 404 }));
  await expect(remoteRun('http://x/', { fetch: gone })).rejects.toMatchObject({ code: 'not_found' });
});

test('positions are read as they are shown; anything else is the start', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (seq, offset) => {
      expect(readPosition(showPosition({ seq, offset }))).toEqual({ seq, offset });
    }),
  );
  for (const odd of [null, undefined, '', 'x', '1.', '-1', '1e5', '9'.repeat(30)])
    expect(readPosition(odd)).toEqual({ seq: 0, offset: 0 });
});
