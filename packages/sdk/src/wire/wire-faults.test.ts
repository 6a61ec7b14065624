import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import type { RunEvent } from '../contract/event.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { toEventStream } from './event-stream.ts';
import { handleRun } from './handle-run.ts';
import { remoteRun } from './remote-run.ts';

const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8' };

/** Answers like a server whose pieces are given by hand; each connection gets the next list. */
function pieces(...connections: readonly (readonly Uint8Array[])[]) {
  const asked: (string | null)[] = [];
  const left = [...connections];
  const answer = async (_: unknown, init?: RequestInit): Promise<Response> => {
    asked.push(new Headers(init?.headers).get('last-event-id'));
    const chunks = left.shift() ?? [];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    return new Response(body, { headers: streamHeaders });
  };
  return { fetch: answer as typeof fetch, asked };
}

async function finishedRun() {
  const model = scriptedModel([{ reasoning: 'Hm\r\n', text: 'Grüße 😀\n\ndata: x\r\nid: 9', chunkChars: 3 }]);
  const run = createAgent({ model }).run('go');
  await run.result;
  return run;
}

const bytesOf = async (stream: ReadableStream<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(await new Response(stream).arrayBuffer());

test('a stream cut into pieces at any byte is the same run', async () => {
  const run = await finishedRun();
  const bytes = await bytesOf(toEventStream(run));
  const whole = await Array.fromAsync(run);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, i) => bytes.slice(at[i], end));
      const remote = await remoteRun('http://x/', { fetch: pieces(chunks).fetch });
      expect(await Array.fromAsync(remote)).toEqual(whole);
      expect(await remote.result).toEqual(await run.result);
    }),
    { numRuns: 60 },
  );
});

test('a server that dies at any byte is asked again for what is missing, and for no more', async () => {
  const run = await finishedRun();
  const bytes = await bytesOf(toEventStream(run));
  const whole = await Array.fromAsync(run);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: bytes.length - 1 }), async (at) => {
      const complete = new TextDecoder().decode(bytes.slice(0, at)).split('\n\n').slice(0, -1);
      const last = complete.at(-1)?.match(/^id: (.*)$/m)?.[1] ?? null;
      const rest = await bytesOf(toEventStream(run, { lastEventId: last }));
      const server = pieces([bytes.slice(0, at)], [rest]);
      const remote = await remoteRun('http://x/', { fetch: server.fetch, reconnectMs: 0 });
      expect(await Array.fromAsync(remote)).toEqual(whole);
      expect(server.asked).toEqual([null, last]);
    }),
    { numRuns: 80 },
  );
});

test('a slow reader holds up nobody and is given what it missed in few pieces', async () => {
  const words = 'x'.repeat(200_000);
  const run = createAgent({ model: scriptedModel([{ text: words, chunkChars: 1 }]) }).run('go');
  const reader = toEventStream(run).getReader();
  await run.result;
  let text = '';
  let frames = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    frames++;
    const event = JSON.parse(new TextDecoder().decode(next.value).split('data: ')[1] ?? '') as RunEvent;
    if (event.type === 'text.delta') text += event.text;
  }
  expect(text).toBe(words);
  expect(frames).toBeLessThan(100);
});

test('a connection that falls silent, with no heart-beat, is made again', async () => {
  const run = await finishedRun();
  const bytes = await bytesOf(toEventStream(run));
  let connections = 0;
  const mute = async (): Promise<Response> => {
    const silent = ++connections === 1;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(silent ? bytes.slice(0, 200) : bytes);
        if (!silent) controller.close();
      },
    });
    return new Response(body, { headers: streamHeaders });
  };
  const remote = await remoteRun('http://x/', { fetch: mute, silenceMs: 20, reconnectMs: 0 });
  expect(await remote.result).toEqual(await run.result);
  expect(connections).toBe(2);
});

test('what is no stream of a run is refused at once, and what is no event after a few attempts', async () => {
  const page = async () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
  await expect(remoteRun('http://x/', { fetch: page })).rejects.toThrow('handleRun');
  let asked = 0;
  const garbage = async () => {
    asked++;
    return new Response('data: {not json\n\n', { headers: streamHeaders });
  };
  await expect(remoteRun('http://x/', { fetch: garbage, reconnectMs: 0, attempts: 3 })).rejects.toThrow(
    'cannot be followed',
  );
  expect(asked).toBe(3);
});

test('leaving while it waits for the server ends the waiting', async () => {
  const controller = new AbortController();
  const down = async (): Promise<Response> => {
    controller.abort();
    throw new TypeError('fetch failed');
  };
  const options = { fetch: down, reconnectMs: 60_000, signal: controller.signal };
  await expect(remoteRun('http://x/', options)).rejects.toThrow('fetch failed');
});

test('an order that the server refuses is a warning, and a stop that it refuses an error', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'x', hang: true }]) }).run('go');
  const refusing = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    if (init?.method === 'POST') return new Response('not you', { status: 403 });
    return handleRun(run, new Request(input as string, init));
  };
  const warnings: string[] = [];
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  const remote = await remoteRun('http://x/', { fetch: refusing });
  remote.steer('hurry');
  await expect(remote.stop()).rejects.toMatchObject({ code: 'auth_refused' });
  await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('steer was refused. not you')]));
  emitted.mockRestore();
  await run.stop();
  await remote.result;
});
