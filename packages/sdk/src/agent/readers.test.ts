import { expect, test } from 'vitest';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { eventsOf } from './__fixtures__/scene.ts';

test('leaving a for await detaches that reader only', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'abc', chunkChars: 1 }]) }).run('go');
  for await (const event of run) if (event.type === 'text.delta') break;
  expect((await run.result).reason).toBe('done');
  const text = (await eventsOf(run)).map((event) => (event.type === 'text.delta' ? event.text : '')).join('');
  expect(text).toBe('abc');
});

test('a listener that throws or rejects does no harm', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'x' }]) }).run('go');
  const heard: string[] = [];
  const silence = () => {};
  process.on('warning', silence);
  run.on('run.started', () => {
    throw new Error('first');
  });
  run.on('run.started', async () => Promise.reject(new Error('second')));
  run.on('run.started', ({ type }) => heard.push(type));
  const off = run.on('text.delta', ({ type }) => heard.push(type));
  off();
  expect((await run.result).reason).toBe('done');
  expect(heard).toEqual(['run.started']);
  process.off('warning', silence);
});
