import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { memoryStore } from '../session/memory-store.ts';
import type { ScriptedReply } from '../testing/scripted-model.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { byEvidence } from './by-evidence.ts';
import type { ExperimentOptions } from './experiment.ts';
import { experiment } from './experiment.ts';
import { modelJudge } from './judge.ts';
import { trialRows } from './print-trials.ts';
import type { Candidate, Measures, Trial, Workspace } from './trial.ts';

const price = { input: 1, output: 1 };

interface Pad extends Workspace {
  text: string;
}

/** Trees of one text; `measures` says what trying the work of each candidate gives. */
function pads(measures: Readonly<Record<string, Measures>> = {}) {
  const main = { text: 'main', opened: [] as string[], closed: [] as string[], most: 0 };
  const kept = new Map<string, string>();
  return {
    main,
    kept,
    open: async (name: string): Promise<Pad> => {
      main.opened.push(name);
      main.most = Math.max(main.most, main.opened.length - main.closed.length);
      const pad: Pad = {
        root: `/${name}`,
        text: main.text,
        async keep() {
          if (pad.text === main.text) return undefined;
          kept.set(`p-${name}`, pad.text);
          const added = pad.text.length;
          return {
            patch: { id: `p-${name}`, files: [{ path: 'a', change: 'modify', added, removed: 0 }], added, removed: 0 },
            diff: `+${pad.text}`,
          };
        },
        measure: async () => measures[name] ?? {},
        close: async () => void main.closed.push(name),
      };
      return pad;
    },
    apply: async (id: string) => {
      main.text = kept.get(id) ?? '';
      return { id, files: [], added: 1, removed: 0 };
    },
  };
}

function writes(name: string, text: string, more: readonly ScriptedReply[] = []): Candidate<Pad> {
  return {
    name,
    agent(pad) {
      const write = defineTool({
        name: 'write',
        description: 'Writes.',
        input: { type: 'object' },
        effects: [],
        execute: () => (pad.text = text),
      });
      const replies = [...more, { calls: [{ tool: 'write' }] }, { text: `${name} is done` }];
      return createAgent({ tools: [write], model: scriptedModel(replies, { info: { price, maxOutputTokens: 400 } }) });
    },
  };
}

const run = (options: Omit<ExperimentOptions<Pad>, 'task'>) => experiment({ task: 'shorten it', ...options });

test('the best work by evidence is applied, the others are kept, and every tree is closed', async () => {
  const workspaces = pads({
    short: { tests: { passed: false, total: 3, failed: 1 } },
    fair: { tests: { passed: true, total: 3, failed: 0 } },
  });
  const { output, reason, patches } = await run({
    workspaces,
    candidates: [writes('short', 'x'), writes('fair', 'fair'), writes('long', 'longer')],
  }).result;
  expect(reason).toBe('done');
  expect(output).toMatchObject({
    winner: 'fair',
    applied: { id: 'p-fair' },
    trials: [{ name: 'short', patch: { id: 'p-short' } }, { name: 'fair' }, { name: 'long' }],
  });
  expect(workspaces.main.text).toBe('fair');
  expect([...workspaces.kept.keys()]).toEqual(['p-short', 'p-fair', 'p-long']);
  expect(workspaces.main.closed.toSorted()).toEqual(workspaces.main.opened.toSorted());
  expect(patches.map(({ id }) => id)).toEqual(['p-fair']);
});

test('no more candidates work at once than asked for', async () => {
  const workspaces = pads();
  const candidates = ['a', 'b', 'c', 'd', 'e'].map((name) => writes(name, name));
  await run({ workspaces, candidates, atOnce: 2 }).result;
  expect(workspaces.main.opened).toHaveLength(5);
  expect(workspaces.main.most).toBe(2);
});

test('nothing is applied when no work passes, when it is not to be, or when the judge says none', async () => {
  const failing = { tests: { passed: false } };
  const options = [
    { workspaces: pads({ a: failing }), why: 'No candidate passes the tests.' },
    { workspaces: pads(), apply: false, why: 'the only one that holds' },
    { workspaces: pads(), judge: () => ({ why: 'all ugly' }), why: 'all ugly' },
  ];
  for (const { why, ...rest } of options) {
    const { output } = await run({ candidates: [writes('a', 'x')], ...rest }).result;
    expect(output?.why).toBe(why);
    expect(output?.applied).toBeUndefined();
    expect(rest.workspaces.main.text).toBe('main');
  }
});

test('a candidate that breaks, waits for people or changes nothing does not stop the others', async () => {
  const asking: Candidate<Pad> = {
    name: 'asking',
    agent: () =>
      createAgent({
        tools: [
          defineTool({
            name: 'rm',
            description: 'd',
            input: { type: 'object' },
            effects: [{ kind: 'write', path: '/x' }],
            execute: () => 'gone',
          }),
        ],
        model: scriptedModel([{ calls: [{ tool: 'rm' }] }], { info: { price } }),
      }),
  };
  const broken: Candidate<Pad> = { name: 'broken', agent: () => Promise.reject(new Error('no such model')) };
  const workspaces = pads();
  const { output } = await run({
    workspaces,
    candidates: [broken, asking, writes('idle', 'main'), writes('good', 'ok')],
  }).result;
  expect(output?.trials).toMatchObject([
    { name: 'broken', reason: 'failed', text: 'no such model' },
    { name: 'asking', reason: 'approval', text: 'It would need approval for rm.' },
    { name: 'idle', reason: 'done' },
    { name: 'good', reason: 'done' },
  ]);
  expect(output?.winner).toBe('good');
  expect(workspaces.main.closed).toHaveLength(4);
});

test('a judge that is a model reads table and diffs without names, and its answer counts', async () => {
  const judge = scriptedModel([{ text: '{"winner":"B","why":"clearer"}' }], { info: { price } });
  const store = memoryStore();
  const workspaces = pads();
  const going = run({
    workspaces,
    store,
    candidates: [writes('acme-large', 'one'), writes('other', 'second')],
    judge: modelJudge(judge),
  });
  const { output, costUsd } = await going.result;
  expect(output).toMatchObject({ winner: 'other', why: 'clearer' });
  const asked = JSON.stringify(judge.requests[0]?.messages);
  expect(asked).toContain('<diff candidate=\\"A\\">\\n+one');
  expect(asked).not.toContain('acme-large');
  expect(costUsd).toBeGreaterThan(0);
});

test('a stop ends every candidate, applies nothing and closes every tree', async () => {
  const workspaces = pads();
  const hanging = (name: string) => writes(name, name, [{ text: 'thinking', hang: true }]);
  const going = run({ workspaces, candidates: [hanging('a'), hanging('b')] });
  going.on('child', ({ event }) => void (event.type === 'text.delta' && going.stop()));
  expect((await going.result).reason).toBe('stopped');
  await expect.poll(() => workspaces.main.closed.length).toBe(workspaces.main.opened.length);
  expect(workspaces.main.text).toBe('main');
});

test('candidates and judge together never spend more than the budget', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 2500 }),
      async (sizes, micros) => {
        const candidates = sizes.map((words, i) =>
          writes(`c${i}`, `${i}`, [{ text: 'word '.repeat(words), stopReason: 'pause' }]),
        );
        const judge = modelJudge(
          scriptedModel(() => ({ text: '{"winner":"A","why":"w"}' }), { info: { price, maxOutputTokens: 100 } }),
        );
        const { costUsd, reason } = await run({
          workspaces: pads(),
          candidates,
          judge,
          atOnce: 3,
          budget: { costUsd: micros / 1e6 },
        }).result;
        expect(['done', 'budget']).toContain(reason);
        expect(costUsd).toBeLessThanOrEqual(micros / 1e6 + 1e-9);
      },
    ),
    { numRuns: 40 },
  );
});

test('two candidates of one name, none, and odd names are refused', () => {
  const workspaces = pads();
  for (const candidates of [[], [writes('a', ''), writes('a', '')], [writes('a/b', '')], [writes('..', '')]]) {
    expect(() => run({ workspaces, candidates })).toThrow(expect.objectContaining({ code: 'invalid_config' }));
  }
});

const trial = fc.record({
  name: fc.constant('x'),
  reason: fc.constantFrom('done' as const, 'budget' as const),
  text: fc.constant(''),
  changed: fc.boolean(),
  lines: fc.nat(50),
  tests: fc.option(fc.boolean(), { nil: undefined }),
  typeErrors: fc.option(fc.nat(3), { nil: undefined }),
  costUsd: fc.option(fc.nat(5), { nil: undefined }),
  seconds: fc.nat(5),
});

test('evidence never lets work win that failed its tests, that changed nothing, or that another beats in all', () => {
  fc.assert(
    fc.property(fc.array(trial, { maxLength: 6 }), (rows) => {
      const trials = rows.map(({ changed, lines, tests, typeErrors, costUsd, ...rest }, i): Trial => ({
        ...rest,
        name: `t${i}`,
        ...(changed ? { patch: { id: `${i}`, files: [], added: lines, removed: 0 } } : {}),
        ...(tests === undefined ? {} : { tests: { passed: tests } }),
        ...(typeErrors === undefined ? {} : { typeErrors }),
        ...(costUsd === undefined ? {} : { costUsd }),
      }));
      const winner = trials.find(({ name }) => name === byEvidence(trials).winner);
      const able = trials.filter(({ patch, tests }) => patch && tests?.passed !== false);
      expect(winner === undefined).toBe(able.length === 0);
      if (!winner) return;
      expect(able).toContain(winner);
      const backwards = trials.find(({ name }) => name === byEvidence(trials.toReversed()).winner);
      const { name: _, ...facts } = winner;
      expect({ ...facts, patch: winner.patch?.added }).toEqual({
        ...backwards,
        name: undefined,
        patch: backwards?.patch?.added,
      });
    }),
  );
});

test('the table says what was measured, and how many of the changed files are tests', () => {
  const files = ['src/a.ts', 'src/a.test.ts', 'tests/b.ts', 'src/latest.ts'].map((path) => ({
    path,
    change: 'modify' as const,
    added: 1,
    removed: 0,
  }));
  const patch = { id: 'p', files, added: 4, removed: 0 };
  const [, first, second] = trialRows([
    {
      name: 'a',
      reason: 'done',
      text: '',
      patch,
      tests: { passed: false, total: 9, failed: 2 },
      typeErrors: 0,
      costUsd: 0.0123,
      seconds: 1.25,
    },
    { name: 'b', reason: 'budget', text: '', seconds: 0 },
  ]);
  expect(first).toEqual(['a', 'done', '2 of 9 failed', '0', '4, 2 of tests', '+4 −0', '$0.0123', '1.3 s']);
  expect(second).toEqual(['b', 'budget', '–', '–', 'none', '', '?', '0.0 s']);
});
