import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Run } from '../contract/run.ts';
import type { RunStore } from '../contract/store.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { pipeline } from './pipeline.ts';
import { agentStep, parallel, step } from './step.ts';

const price = { input: 1, output: 1 };
const plan = z.object({ files: z.array(z.string()) });

async function eventsOf(run: Run<unknown>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

/** A tree of one text, and what was done with it. */
function fakeTree() {
  const tree = { text: 'before', taken: 0, restored: 0 };
  const kept = new Map<string, string>();
  const snapshots = {
    take: async () => {
      kept.set(`s${++tree.taken}`, tree.text);
      return { id: `s${tree.taken}` };
    },
    restore: async (id: string) => {
      tree.text = kept.get(id) ?? '';
      tree.restored++;
      return { id: 'p', files: [{ path: 'a', change: 'modify' as const, added: 1, removed: 1 }], added: 1, removed: 1 };
    },
  };
  return { tree, worktree: { snapshots } };
}

test('each step takes what the one before gave, and the last hand-off is the output', async () => {
  const planner = createAgent({ model: scriptedModel([{ text: '{"files":["a","b"]}' }]), output: plan });
  const flow = pipeline([
    agentStep({ name: 'plan', agent: planner, prompt: (topic: string) => `Plan ${topic}.` }),
    step({ name: 'count', input: plan, run: ({ files }) => files.length }),
    step({ name: 'say', run: (count: number) => ({ said: `${count} files` }) }),
  ]);
  const run = flow.run('tests');
  expectTypeOf(run.result).resolves.toHaveProperty('output').toEqualTypeOf<{ said: string } | undefined>();
  const events = await eventsOf(run);
  const result = await run.result;
  expect(result).toMatchObject({ reason: 'done', output: { said: '2 files' } });
  const tools = events.flatMap((event) => (event.type === 'tool.ended' ? [event.tool] : []));
  expect(tools).toEqual(['plan', 'count', 'say']);
  expect(events.flatMap((event) => (event.type === 'child' ? [event.event.type] : []))).toContain('run.ended');
});

test('steps whose hand-offs do not fit are refused by the compiler', () => {
  const words = step({ name: 'words', run: (text: string) => text.split(' ') });
  const twice = step({ name: 'twice', run: (count: number) => count * 2 });
  // @ts-expect-error words gives a list, twice takes a number
  pipeline([words, twice]);
  expectTypeOf(pipeline([twice]).run)
    .parameter(0)
    .toBeNumber();
});

test('branches run side by side on the same input', async () => {
  let together = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const branch = (name: string) =>
    step({
      name,
      run: async (text: string) => {
        most = Math.max(most, ++together);
        if (together === 2) gate.resolve();
        await gate.promise;
        together--;
        return `${name} ${text}`;
      },
    });
  const flow = pipeline([
    parallel({ docs: branch('write-docs'), tests: branch('write-tests') }),
    step({ name: 'join', run: (all: { docs: string; tests: string }) => all }),
  ]);
  const run = flow.run('x');
  expectTypeOf(run.result)
    .resolves.toHaveProperty('output')
    .toEqualTypeOf<{ docs: string; tests: string } | undefined>();
  expect((await run.result).output).toEqual({ docs: 'write-docs x', tests: 'write-tests x' });
  expect(most).toBe(2);
});

test('a hand-off that does not fit its schema fails the step, and names the field', async () => {
  const flow = pipeline([
    step({ name: 'make', output: plan, run: () => ({ files: [1] }) as never }),
    step({ name: 'take', run: ({ files }: z.infer<typeof plan>) => files }),
  ]);
  const result = await flow.run(null).result;
  expect(result).toMatchObject({
    reason: 'failed',
    error: { code: 'tool_failed', message: expect.stringContaining('files[0]') },
  });
});

test('a step that throws is tried again as often as it may', async () => {
  let tries = 0;
  const flaky = (retries: number) =>
    pipeline([
      step({
        name: 'flaky',
        retries,
        run: () => {
          if (++tries < 3) throw new Error(`try ${tries}`);
          return tries;
        },
      }),
    ]);
  expect((await flaky(1).run(null).result).error?.message).toBe('Step "flaky" failed: try 2');
  tries = 0;
  expect((await flaky(2).run(null).result).output).toBe(3);
});

test('work that does not pass its check is mended once, in the same conversation', async () => {
  const model = scriptedModel([{ text: 'wrong' }, { text: 'right' }]);
  const flow = pipeline([
    agentStep({
      name: 'write',
      agent: createAgent({ model }),
      prompt: (topic: string) => `Write about ${topic}.`,
      check: (text) => (text === 'right' ? undefined : `"${text}" is not right`),
    }),
  ]);
  const run = flow.run('tea');
  expect(await run.result).toMatchObject({ reason: 'done', output: 'right' });
  const told = model.requests[1]?.messages.map((message) =>
    message.parts.map((part) => ('text' in part ? part.text : '')).join(''),
  );
  expect(told?.slice(0, 2)).toEqual(['Write about tea.', 'wrong']);
  expect(told?.[2]).toContain('"wrong" is not right');
});

test('work that still does not hold rolls the tree back, and the diagnostics stay', async () => {
  const { tree, worktree } = fakeTree();
  const flow = pipeline(
    [
      step({
        name: 'write',
        run: (_: string, at) => {
          tree.text = `${tree.text}, ${at.diagnostics ?? 'new'}`;
          return tree.text;
        },
        check: (text) => `no good: ${text}`,
      }),
      step({ name: 'never', run: () => expect.unreachable() }),
    ],
    { worktree },
  );
  const events = await eventsOf(flow.run('x'));
  const ended = events.at(-1);
  expect(ended).toMatchObject({ type: 'run.ended', reason: 'failed' });
  const message = ended?.type === 'run.ended' ? (ended.error?.message ?? '') : '';
  expect(message).toContain('no good: before, new, no good: before, new');
  expect(message).toContain('The work tree is as it was before the run.');
  expect(tree).toEqual({ text: 'before', taken: 1, restored: 1 });
  expect(events.some((event) => event.type === 'patch.created')).toBe(true);
});

test('a branch that fails rolls back once the others have ended', async () => {
  const { tree, worktree } = fakeTree();
  const order: string[] = [];
  const flow = pipeline(
    [
      parallel({
        bad: step({ name: 'bad', run: () => Promise.reject(new Error('down')) }),
        slow: step({
          name: 'slow',
          run: async () => {
            await new Promise((resolve) => setImmediate(resolve));
            tree.text = 'changed';
            order.push('slow');
            return 1;
          },
        }),
      }),
    ],
    { worktree },
  );
  expect((await flow.run(null).result).reason).toBe('failed');
  expect(order).toEqual(['slow']);
  expect(tree.text).toBe('before');
});

const touch = defineTool({
  name: 'touch',
  description: 'Touches a file.',
  input: z.object({ name: z.string() }),
  effects: ({ name }) => [{ kind: 'write', path: `/${name}` }],
  execute: ({ name }) => `touched ${name}`,
});

function withApproval(store: RunStore) {
  const model = scriptedModel(({ messages }) =>
    messages.length === 1 ? { calls: [{ tool: 'touch', input: { name: 'x' }, id: 'inner' }] } : { text: 'touched' },
  );
  const agent = createAgent({ model, tools: [touch] });
  return pipeline(
    [
      agentStep({ name: 'work', agent, prompt: (task: string) => task }),
      step({ name: 'end', run: (text: string) => `${text}!` }),
    ],
    { store },
  );
}

test('a child that waits for people pauses the pipeline, which another process resumes with the answer', async () => {
  const store = memoryStore();
  const paused = await withApproval(store).run('go').result;
  expect(paused).toMatchObject({ reason: 'approval', pending: [{ callId: 'inner' }] });
  const answers = { inner: { verdict: 'approved', by: 'ann' } } as const;
  const result = await withApproval(store).resume(paused.runId, { answers }).result;
  expect(result).toMatchObject({ reason: 'done', output: 'touched!' });
});

test('an approval can be given to the run while it goes on', async () => {
  const run = withApproval(memoryStore()).run('go', { approvals: 'wait' });
  run.on('child', ({ event }) => {
    if (event.type === 'approval.requested') run.approve(event.callId, { by: 'ann' });
  });
  expect((await run.result).output).toBe('touched!');
});

test('a stop ends the child at once; resumed, the child goes on and steps that were done stay done', async () => {
  const store = memoryStore();
  let made = 0;
  let asked = 0;
  const make = () => {
    const model = scriptedModel(() => (asked++ === 0 ? { text: 'thin', hang: true } : { text: 'whole' }));
    return pipeline(
      [
        step({ name: 'make', run: () => ++made }),
        agentStep({ name: 'think', agent: createAgent({ model }), prompt: (n: number) => `${n}` }),
      ],
      { store },
    );
  };
  const run = make().run(null);
  run.on('child', ({ event }) => {
    if (event.type === 'text.delta') void run.stop('enough');
  });
  expect(await run.result).toMatchObject({ reason: 'stopped', stopped: 'enough' });
  const result = await make().resume(run.id).result;
  expect(result).toMatchObject({ reason: 'done', output: 'whole' });
  expect(made).toBe(1);
});

test('a second run in one session is a run of its own', async () => {
  let runs = 0;
  const flow = pipeline([step({ name: 'twice', run: (n: number) => (runs++, n * 2) })]);
  const first = flow.run(2);
  expect((await first.result).output).toBe(4);
  expect((await flow.run(5, { sessionId: first.sessionId }).result).output).toBe(10);
  expect(runs).toBe(2);
});

test('words that steer the run reach the next agent', async () => {
  const model = scriptedModel([{ text: 'ok' }]);
  const flow = pipeline([
    step({ name: 'first', run: () => run.steer('be kind') }),
    agentStep({ name: 'second', agent: createAgent({ model }), prompt: () => 'Write.' }),
  ]);
  const run: Run<string> = flow.run(null);
  await run.result;
  expect(JSON.stringify(model.requests[0]?.messages)).toContain('Write.\\n\\nThe user adds: be kind');
});

test('a spent budget ends the run as budget, not as a failure, and more money lets it go on', async () => {
  const store = memoryStore();
  const { tree, worktree } = fakeTree();
  const make = () => {
    const model = scriptedModel(() => ({ text: 'word '.repeat(100) }), { info: { price, maxOutputTokens: 200 } });
    const writes = (name: string) => agentStep({ name, agent: createAgent({ model }), prompt: (text: string) => text });
    return pipeline([writes('one'), writes('two'), writes('three')], { store, budget: { costUsd: 0.000_6 }, worktree });
  };
  const spent = await make().run('go').result;
  expect(spent).toMatchObject({ reason: 'budget', limit: 'costUsd' });
  expect(tree.restored).toBe(0);
  expect((await make().resume(spent.runId, { budget: { costUsd: 1 } }).result).reason).toBe('done');
});

test('no pipeline spends more than its budget, whatever its shape', async () => {
  const size = fc.integer({ min: 1, max: 400 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(size, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 3000 }),
      async (rows, micros) => {
        let spent = 0;
        const stages = rows.map((row, r) => {
          const branches = row.map((words, b) => {
            const model = scriptedModel(() => ({ text: 'word '.repeat(words), chunkChars: 50 }), {
              info: { price, maxOutputTokens: 600 },
            });
            return [
              `b${b}`,
              agentStep({ name: `s${r}-${b}`, agent: createAgent({ model }), prompt: () => 'go', retries: 1 }),
            ] as const;
          });
          return parallel(Object.fromEntries(branches));
        });
        const [first, ...rest] = stages;
        if (!first) return;
        const run = pipeline([first, ...rest] as never, { budget: { costUsd: micros / 1e6 } }).run(null as never);
        run.on('child', ({ event }) => {
          if (event.type === 'run.ended') spent += event.costUsd ?? NaN;
        });
        const { reason, costUsd } = await run.result;
        expect(['done', 'budget']).toContain(reason);
        expect(spent).toBeLessThanOrEqual(micros / 1e6 + 1e-9);
        expect(costUsd).toBeLessThanOrEqual(micros / 1e6 + 1e-9);
      },
    ),
    { numRuns: 40 },
  );
});
