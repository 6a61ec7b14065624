import { expect, test } from 'vitest';
import type { Policy } from '@capstan/policy';
import { CapstanError } from '../contract/errors.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { add, allowAll, touch, results, textOf, when } from './__fixtures__/scene.ts';

test('without a policy every effect is asked about, and the run pauses', async () => {
  const model = scriptedModel([
    {
      calls: [
        { tool: 'touch', input: { name: 'a' } },
        { tool: 'add', input: { a: 1, b: 1 } },
      ],
    },
  ]);
  const result = await createAgent({ model, tools: [touch, add] }).run('go').result;
  expect(result).toMatchObject({ reason: 'approval', pending: [{ tool: 'touch', approvals: 1 }] });
});

test('a paused run goes on with answers, and results keep the order of the calls', async () => {
  const model = scriptedModel([
    {
      calls: [
        { tool: 'touch', input: { name: 'a' } },
        { tool: 'add', input: { a: 1, b: 1 } },
        { tool: 'touch', input: { name: 'b' } },
      ],
    },
    { text: 'done' },
  ]);
  const agent = createAgent({ model, tools: [touch, add] });
  const paused = await agent.run('go').result;
  const [first, second] = paused.pending.map((each) => each.callId);
  const result = await agent.resume(paused.runId, {
    answers: {
      [first!]: { verdict: 'approved', by: 'ann' },
      [second!]: { verdict: 'denied', by: 'ann', reason: 'not that file' },
    },
  }).result;
  expect(result).toMatchObject({ reason: 'done', runId: paused.runId, turns: 2 });
  const texts = results(model.requests[1]).map(textOf);
  expect(texts[0]).toBe('wrote a');
  expect(texts[1]).toBe('2');
  expect(texts[2]).toContain('not that file');
});

test('a paused run resumed without all answers pauses again on the rest', async () => {
  const calls = [
    { tool: 'touch', input: { name: 'a' } },
    { tool: 'touch', input: { name: 'b' } },
  ];
  const agent = createAgent({ model: scriptedModel([{ calls }, { text: 'done' }]), tools: [touch] });
  const paused = await agent.run('go').result;
  const [first, second] = paused.pending.map((each) => each.callId);
  const again = await agent.resume(paused.runId, { answers: { [second!]: { verdict: 'approved', by: 'ann' } } }).result;
  expect(again.pending.map((each) => each.callId)).toEqual([first]);
  const done = await agent.resume(paused.runId, { answers: { [first!]: { verdict: 'approved', by: 'ann' } } }).result;
  expect(done.reason).toBe('done');
});

test('waiting for approval holds only that call', async () => {
  const calls = [
    { tool: 'touch', input: { name: 'a' } },
    { tool: 'add', input: { a: 1, b: 1 } },
  ];
  const model = scriptedModel([{ calls }, { text: 'done' }]);
  const run = createAgent({ model, tools: [touch, add] }).run('go', { approvals: 'wait' });
  const ended = await when(run, 'tool.ended');
  expect(ended).toMatchObject({ tool: 'add', result: [{ text: '2' }] });
  run.approve('call-0-0', { by: 'ann' });
  expect((await run.result).reason).toBe('done');
  expect(results(model.requests[1]).map(textOf)).toEqual(['wrote a', '2']);
});

test('a listener may approve at once, even in a run that would pause', async () => {
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'done' }]);
  const run = createAgent({ model, tools: [touch] }).run('go');
  run.on('approval.requested', ({ callId }) => run.approve(callId, { by: 'ann' }));
  expect((await run.result).reason).toBe('done');
});

test('a denied call tells the model who and why', async () => {
  const deny: Policy = {
    ...allowAll,
    rules: [{ id: 'no-writes', match: { effect: 'write' }, verdict: 'deny', reason: 'Read only.' }],
  };
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'ok' }]);
  await createAgent({ model, tools: [touch], policy: deny }).run('go').result;
  expect(textOf(results(model.requests[1])[0])).toContain('Not allowed by rule "no-writes": Read only.');
});

test('answering a call that does not wait is an error', () => {
  const run = createAgent({ model: scriptedModel([{ text: 'x' }]) }).run('go');
  expect(() => run.approve('nothing', { by: 'ann' })).toThrow(CapstanError);
});

test('a new run after a pause closes the open calls', async () => {
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'fine' }]);
  const agent = createAgent({ model, tools: [touch] });
  const paused = await agent.run('go').result;
  const result = await agent.run('never mind', { sessionId: paused.sessionId }).result;
  expect(result.reason).toBe('done');
  expect(model.requests[1]?.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool', 'user']);
  expect(results(model.requests[1])[0]).toMatchObject({ failed: true, interrupted: true });
});
