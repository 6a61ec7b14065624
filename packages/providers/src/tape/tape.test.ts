import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model, ModelEvent, ModelMessage, ModelRequest } from '@capstan/sdk/contract';
import { createAgent, defineTool } from '@capstan/sdk';
import { modelSuite, scriptedModel } from '@capstan/sdk/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { anthropic } from '../anthropic/anthropic.ts';
import { anthropicServer } from '../testing/anthropic-server.ts';
import { sceneReplies } from '../testing/scene-reply.ts';
import { record } from './record.ts';
import { replay } from './replay.ts';
import { readTape } from './tape.ts';
import { verify } from './verify.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-tape-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const tape = (): string => join(folder, 'deep', 'one.tape');
const ask = (text: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [{ role: 'user', parts: [{ type: 'text', text }] }],
  tools: [],
  ...more,
});

async function collect(
  model: Model,
  request: ModelRequest,
  signal = new AbortController().signal,
): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, { signal })) events.push(event);
  return events;
}

const textOf = (events: readonly ModelEvent[]): string =>
  events.flatMap((event) => (event.type === 'text.delta' ? [event.text] : [])).join('');

/** A model whose events are given as they are. */
function fixed(...events: ModelEvent[]): Model {
  return {
    id: 'test/fixed',
    info: { price: { input: 1, output: 2 } },
    async *stream() {
      yield* events;
    },
  };
}

function closing(parts: ModelMessage['message']['parts']): ModelMessage {
  return {
    type: 'message',
    message: { role: 'assistant', parts },
    stopReason: 'end',
    usage: { inputTokens: 1, outputTokens: 1 },
  };
}

test('a recorded call replays with the same events, id and prices', async () => {
  const events = [
    { type: 'reasoning.delta' as const, text: 'hm' },
    { type: 'text.delta' as const, text: 'hello' },
    closing([
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'hello' },
    ]),
  ];
  const model = record(fixed(...events), tape());
  expect(await collect(model, ask('hi'))).toEqual(events);
  const again = replay(tape());
  expect(await collect(again, ask('hi'))).toEqual(events);
  expect({ id: again.id, info: again.info }).toEqual({ id: 'test/fixed', info: { price: { input: 1, output: 2 } } });
  expect((await stat(tape())).mode & 0o777).toBe(0o600);
});

test('keys and personal data are on no tape, even when a delta cuts them', async () => {
  const key = 'sk-proj-PLANTEDplantedPLANTED0123456789';
  const plain = 'my-own-secret-word';
  const said = `Key ${key}, mail alice.smith@example.com, call +41 44 668 18 00, card 4111 1111 1111 1111, IBAN CH93 0076 2011 6238 5295 7, ${plain}, /home/alice/notes. 🚀`;
  const pieces = [...said].map((text): ModelEvent => ({ type: 'text.delta', text }));
  const json = JSON.stringify({ key, to: 'alice.smith@example.com' });
  const deltas =
    json
      .match(/.{1,7}/g)
      ?.map((piece): ModelEvent => ({ type: 'tool.delta', callId: 'c', tool: 'send', json: piece })) ?? [];
  const model = record(
    fixed(
      ...pieces,
      ...deltas,
      closing([
        { type: 'text', text: said },
        { type: 'call', callId: 'c', tool: 'send', json },
      ]),
    ),
    tape(),
    { secrets: [plain] },
  );
  expect(textOf(await collect(model, ask(said, { instructions: said })))).toBe(said);
  const kept = await readFile(tape(), 'utf8');
  const joined = textOf(readTape(tape()).calls[0]?.events.map(({ event }) => event) ?? []);
  for (const secret of [key, 'PLANTEDplanted', plain, 'alice', '668 18 00', '4111 1111', '0076 2011']) {
    expect(kept).not.toContain(secret);
    expect(joined).not.toContain(secret);
  }
  expect(joined).toBe(
    `Key sk-…6789, mail [email], call [phone], card [card], IBAN [iban], [secret], /home/user/notes. 🚀`,
  );
  const again = await collect(replay(tape(), { secrets: [plain] }), ask(said, { instructions: said }));
  const call = (again.at(-1) as ModelMessage).message.parts[1];
  expect(call?.type === 'call' && JSON.parse(call.json)).toEqual({ key: 'sk-…6789', to: '[email]' });
  expect(again.flatMap((event) => (event.type === 'tool.delta' ? [event.json] : [])).join('')).toBe(
    call?.type === 'call' ? call.json : '',
  );
});

test('the home directory of who records becomes that of who replays', async () => {
  const model = record(
    fixed({ type: 'text.delta', text: '/home/bob/a' }, closing([{ type: 'text', text: '/home/bob/a' }])),
    tape(),
    { home: '/home/bob' },
  );
  await collect(model, ask('in /home/bob'));
  expect(await readFile(tape(), 'utf8')).not.toContain('bob');
  expect(textOf(await collect(replay(tape(), { home: '/home/eve' }), ask('in /home/eve')))).toBe('/home/eve/a');
});

test('calls that failed fail again, with the same code', async () => {
  const server = await anthropicServer([{ fault: { kind: 'status', status: 429, headers: { 'retry-after': '3' } } }]);
  const model = record(
    anthropic({ model: 'claude-sonnet-4-5', apiKey: 'sk-ant-planted-0123456789', baseURL: server.url }),
    tape(),
  );
  await expect(collect(model, ask('hi'))).rejects.toMatchObject({ code: 'rate_limited' });
  await server.close();
  await expect(collect(replay(tape()), ask('hi'))).rejects.toMatchObject({
    code: 'rate_limited',
    details: { retryAfterMs: 3000 },
  });
});

test('a request that is not on the tape says in what it differs from the next', async () => {
  const model = record(scriptedModel([{ text: 'one' }, { text: 'two' }]), tape());
  await collect(model, ask('first', { instructions: 'You are a terse helper.' }));
  const asked = collect(replay(tape()), ask('first', { instructions: 'You are a chatty helper.' }));
  await expect(asked).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining(
      'instructions was "You are a terse helper.", is "You are a chatty helper."',
    ) as string,
  });
});

test('the same request is answered as often as it was recorded', async () => {
  const model = record(scriptedModel([{ text: 'one' }, { text: 'two' }]), tape());
  for (const text of ['one', 'two']) expect(textOf(await collect(model, ask('again')))).toBe(text);
  const again = replay(tape());
  for (const text of ['one', 'two'])
    expect(textOf(await collect(again, ask('again', { maxOutputTokens: 9, seed: 7 })))).toBe(text);
  await expect(collect(again, ask('again'))).rejects.toMatchObject({
    message: expect.stringContaining('All its calls have been replayed') as string,
  });
});

test('verify says which calls differ and in what', async () => {
  const tools = (description: string) => [{ name: 'read', description, inputSchema: { type: 'object' } }];
  const model = record(scriptedModel([{ text: 'one' }, { text: 'two' }, { text: 'three' }]), tape());
  await collect(model, ask('a', { tools: tools('Reads.') }));
  await collect(model, ask('b'));
  await collect(model, ask('c'));
  const report = await verify(tape(), async (one) => {
    await collect(
      one,
      ask('a', { tools: [...tools('Reads a file.'), { name: 'list', description: 'Lists.', inputSchema: {} }] }),
    );
    await collect(one, ask('b'));
  });
  expect(report).toEqual({
    same: false,
    changed: [
      {
        call: 1,
        differences: [
          { path: 'tools.read.description', recorded: '"Reads."', now: '"Reads a file."' },
          { path: 'tools.list', recorded: undefined, now: '{"name":"list","description":"Lists.","inputSchema":{}}' },
        ],
      },
    ],
    unused: 1,
    extra: 0,
  });
  const same = await verify(tape(), async (one) => {
    await collect(one, ask('a', { tools: tools('Reads.') }));
    for (const text of ['b', 'c', 'd']) await collect(one, ask(text));
  });
  expect(same).toEqual({ same: false, changed: [], unused: 0, extra: 1 });
});

test('timings are kept, and replayed when wanted', async () => {
  let clock = 0;
  const model = record(
    {
      ...fixed(),
      async *stream() {
        for (const text of ['a', 'b']) {
          clock += 15;
          yield { type: 'text.delta', text };
        }
        yield closing([{ type: 'text', text: 'ab' }]);
      },
    },
    tape(),
    { now: () => clock },
  );
  await collect(model, ask('hi'));
  expect(readTape(tape()).calls[0]).toMatchObject({
    ms: 30,
    end: 'done',
    events: [{ ms: 15 }, { ms: 30 }, { ms: 30 }],
  });
  expect(textOf(await collect(replay(tape(), { timings: 'recorded' }), ask('hi')))).toBe('ab');
  const controller = new AbortController();
  const waiting = collect(replay(tape(), { timings: 'recorded' }), ask('hi'), controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
});

test('messages and tools are on the tape once however long the conversation', async () => {
  const model = record(
    scriptedModel(() => ({ text: 'ok' })),
    tape(),
  );
  const long = 'once upon a time '.repeat(50);
  for (let turn = 1; turn <= 5; turn += 1)
    await collect(model, {
      ...ask(long),
      messages: Array.from({ length: turn }, (_, index) => ({
        role: 'user' as const,
        parts: [{ type: 'text' as const, text: `${index} ${long}` }],
      })),
    });
  const kept = await readFile(tape(), 'utf8');
  expect(kept.split(long).length - 1).toBe(5);
});

test('what is no tape is told with its line', async () => {
  const file = join(folder, 'no.tape');
  await writeFile(file, '{"tape":1,"model":"a/b","info":{}}\nnonsense\n');
  expect(() => replay(file)).toThrow(
    expect.objectContaining({ code: 'invalid_config', message: expect.stringContaining('no.tape:2') as string }),
  );
  expect(() => replay(join(folder, 'none.tape'))).toThrow(expect.objectContaining({ code: 'not_found' }));
});

const suite = modelSuite(async (scene) => {
  const server = await anthropicServer([sceneReplies[scene]]);
  const model = record(
    anthropic({ model: 'claude-sonnet-4-5', apiKey: 'sk-ant-suite-0123456789', baseURL: server.url }),
    tape(),
  );
  return { model, close: () => server.close() };
});
for (const { name, run } of suite) test(`a recorded model ${name}`, run);

test('an agent that was recorded replays, tools and all', async () => {
  let read = 0;
  const tool = defineTool({
    name: 'read',
    description: 'Reads.',
    input: { type: 'object' },
    effects: [],
    execute: () => `content ${(read += 1) > 0}`,
  });
  const script = scriptedModel([{ calls: [{ tool: 'read', input: { path: 'a' } }] }, { text: 'It says content.' }]);
  const recorded = await createAgent({ model: record(script, tape()), tools: [tool] }).run('What does a say?').result;
  const replayed = await createAgent({ model: replay(tape()), tools: [tool] }).run('What does a say?').result;
  expect([recorded.text, replayed.text]).toEqual(['It says content.', 'It says content.']);
  const report = await verify(
    tape(),
    (model) => createAgent({ model, tools: [tool], instructions: 'Be brief.' }).run('What does a say?').result,
  );
  expect(report).toMatchObject({ same: false, unused: 0, extra: 0 });
  expect(report.changed[0]?.differences).toMatchObject([
    { path: 'instructions', recorded: undefined, now: '"Be brief."' },
  ]);
});
