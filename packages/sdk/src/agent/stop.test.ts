import { expect, test } from 'vitest';
import { CapstanError } from '../contract/errors.ts';
import type { Model } from '../contract/model.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { touch, gate, results, when } from './__fixtures__/scene.ts';

test('stop ends the model call at once and keeps the partial text and usage', async () => {
  const model = scriptedModel([{ text: 'a long story', hang: true }]);
  const run = createAgent({ model }).run('go');
  await when(run, 'text.delta');
  const result = await run.stop('enough');
  expect(result).toMatchObject({ reason: 'stopped', text: 'a long story', stopped: 'enough' });
  expect(result.usage.outputTokens).toBeGreaterThan(0);
  expect(result.usage.estimated).toBe(true);
});

test('stop leaves no call without a result, and the session goes on', async () => {
  const gates = gate();
  const model = scriptedModel([
    {
      calls: [
        { tool: 'gate', input: { name: 'a' } },
        { tool: 'touch', input: { name: 'b' } },
      ],
    },
    { text: 'ok' },
  ]);
  const agent = createAgent({ model, tools: [gates.tool, touch] });
  const run = agent.run('go', { approvals: 'wait' });
  await when(run, 'tool.started');
  const result = await run.stop();
  expect(result.reason).toBe('stopped');
  await agent.run('go on', { sessionId: result.sessionId }).result;
  expect(results(model.requests[1]).map((message) => message.interrupted)).toEqual([true, true]);
});

test('an aborted signal stops the run', async () => {
  const controller = new AbortController();
  const run = createAgent({ model: scriptedModel([{ text: 'x', hang: true }]) }).run('go', {
    signal: controller.signal,
  });
  await when(run, 'text.delta');
  controller.abort(new Error('closed'));
  expect(await run.result).toMatchObject({ reason: 'stopped', stopped: 'closed' });
});

test('leaving an await using scope stops the run', async () => {
  let result: Promise<unknown>;
  {
    await using run = createAgent({ model: scriptedModel([{ text: 'x', hang: true }]) }).run('go');
    ({ result } = run);
    await when(run, 'text.delta');
  }
  expect(await result).toMatchObject({ reason: 'stopped' });
});

test('a stop from inside the model call itself ends it', async () => {
  const halting: Model = {
    id: 'halting',
    info: {},
    async *stream() {
      yield { type: 'text.delta', text: 'x' };
      void run.stop('from inside');
      await new Promise(() => {});
    },
  };
  const run = createAgent({ model: halting }).run('go');
  expect(await run.result).toMatchObject({ reason: 'stopped', text: 'x', stopped: 'from inside' });
});

test('a stopped call reports the usage that the vendor had sent', async () => {
  const telling: Model = {
    id: 'telling',
    info: {},
    async *stream(_, { signal }) {
      yield { type: 'text.delta', text: 'x' };
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new CapstanError('aborted', 'Stopped.', { usage: { inputTokens: 70, outputTokens: 7 } });
    },
  };
  const run = createAgent({ model: telling }).run('go');
  run.on('text.delta', () => void run.stop());
  expect((await run.result).usage).toEqual({ inputTokens: 70, outputTokens: 7 });
});
