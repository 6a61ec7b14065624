import { expect, test } from 'vitest';
import { CapstanError } from '../contract/errors.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { eventsOf } from './__fixtures__/scene.ts';

test('a failure before the first delta is tried again, with an event', async () => {
  const overloaded = new CapstanError('model_failed', 'Overloaded.', { retryable: true, retryAfterMs: 1 });
  const model = scriptedModel([{ error: overloaded }, { text: 'ok' }]);
  const events = await eventsOf(createAgent({ model }).run('go'));
  expect(events.find((event) => event.type === 'model.retried')).toMatchObject({
    attempt: 1,
    error: { code: 'model_failed' },
  });
  expect(events.at(-1)).toMatchObject({ reason: 'done', text: 'ok' });
});

test('a failure after the first delta is not tried again, and keeps the text', async () => {
  const cut = new CapstanError('model_failed', 'Cut.', { retryable: true });
  const model = scriptedModel([{ text: 'half', error: cut }, { text: 'never' }]);
  expect(await createAgent({ model }).run('go').result).toMatchObject({
    reason: 'failed',
    text: 'half',
    error: { code: 'model_failed' },
  });
  expect(model.requests).toHaveLength(1);
});

test('a failure that is not retryable ends the run, which never rejects', async () => {
  const refused = new CapstanError('auth_refused', 'The key was refused.');
  expect(await createAgent({ model: scriptedModel([{ error: refused }]) }).run('go').result).toMatchObject({
    reason: 'failed',
    error: { code: 'auth_refused' },
  });
});

test('a store that fails ends the run with its error', async () => {
  const store = { ...memoryStore(), append: () => Promise.reject(new CapstanError('store_failed', 'Disk full.')) };
  const run = createAgent({ model: scriptedModel([{ text: 'x' }]), store }).run('go');
  expect(await run.result).toMatchObject({ reason: 'failed', error: { code: 'store_failed' } });
  expect((await eventsOf(run)).at(-1)?.type).toBe('run.ended');
});

test('of two runs at once in one session the second meets a conflict', async () => {
  const agent = createAgent({ model: scriptedModel((_, i) => ({ text: `reply ${i}`, delayMs: 5 })) });
  const runs = [agent.run('one', { sessionId: 's' }), agent.run('two', { sessionId: 's' })];
  const reasons = await Promise.all(runs.map(async (run) => (await run.result).error?.code ?? 'none'));
  expect(reasons.toSorted()).toEqual(['conflict', 'none']);
});
