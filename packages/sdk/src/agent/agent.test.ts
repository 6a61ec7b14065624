import { expect, test } from 'vitest';
import { z } from 'zod';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { add, eventsOf, textOf } from './__fixtures__/scene.ts';

test('a run is its events in order, numbered without gaps', async () => {
  const model = scriptedModel([
    { calls: [{ tool: 'add', input: { a: 1, b: 2 } }] },
    { text: 'It is 3.', chunkChars: 4 },
  ]);
  const run = createAgent({ model, tools: [add] }).run('add 1 and 2');
  const events = await eventsOf(run);
  expect(events.map((event) => event.type)).toEqual([
    'run.started',
    'message.added',
    'turn.started',
    'tool.delta',
    'message.added',
    'tool.decided',
    'tool.started',
    'tool.ended',
    'message.added',
    'turn.ended',
    'turn.started',
    'text.delta',
    'text.delta',
    'message.added',
    'turn.ended',
    'run.ended',
  ]);
  const durable = events.filter((event) => !event.type.endsWith('.delta'));
  expect(durable.map((event) => event.seq)).toEqual(durable.map((_, i) => i + 1));
  expect(await run.result).toMatchObject({ reason: 'done', text: 'It is 3.', turns: 2, runId: run.id });
});

test('a second run of a session sees the first', async () => {
  const model = scriptedModel([{ text: 'Hello.' }, { text: 'Again.' }]);
  const agent = createAgent({ model });
  const first = await agent.run('one').result;
  await agent.run('two', { sessionId: first.sessionId }).result;
  expect(model.requests[1]?.messages.map(textOf)).toEqual(['one', 'Hello.', 'two']);
});

test('an output schema gives a checked value, after one mend', async () => {
  const model = scriptedModel([{ text: '{"answer": "4"}' }, { text: '{"answer": 4}' }]);
  const result = await createAgent({ model, output: z.object({ answer: z.number() }) }).run('2+2').result;
  expect(result.output).toEqual({ answer: 4 });
  expect(textOf(model.requests[1]?.messages.at(-1))).toContain('answer: ');
});
