import { expect, test } from 'vitest';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { CapstanError } from '../contract/errors.ts';
import type { RunStore } from '../contract/store.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { pipeline } from './pipeline.ts';
import { agentStep, parallel, step } from './step.ts';

/** A store that keeps so many appends and then is gone, as after the death of its process. */
function mortal(store: RunStore, appends: number): RunStore {
  let left = appends;
  return {
    ...store,
    append: async (...args) => {
      if (left-- <= 0) throw new CapstanError('store_failed', 'The process is dead.');
      await store.append(...args);
    },
  };
}

/** What another process finds of a store. */
async function reopened(store: RunStore): Promise<RunStore> {
  const copy = memoryStore();
  for (const { sessionId } of await store.list()) await copy.append(sessionId, 0, await store.read(sessionId));
  return copy;
}

interface World {
  readonly tree: { text: string };
  readonly calls: string[];
}

/** Plan, then two branches of which one mends itself, then a function; the tree is kept before. */
function build(store: RunStore, { tree, calls }: World, fails = false) {
  const note = defineTool({
    name: 'note',
    description: 'Notes.',
    input: { type: 'object' },
    effects: [],
    execute: ({ text }) => {
      calls.push(String(text));
      return 'noted';
    },
  });
  const noting = (text: string) =>
    createAgent({
      tools: [note],
      model: scriptedModel(({ messages }) => {
        const asked = messages.findLastIndex(({ role }) => role === 'user');
        return messages.length - asked === 1
          ? { calls: [{ tool: 'note', input: { text } }] }
          : { text: JSON.stringify(messages).includes('once more') ? `${text} mended` : text };
      }),
    });
  const snapshots = {
    take: async () => ({ id: 'kept' }),
    restore: async () => {
      tree.text = 'before';
      return { id: 'p', files: [], added: 0, removed: 0 };
    },
  };
  return pipeline(
    [
      agentStep({ name: 'plan', agent: noting('plan'), prompt: (topic: string) => topic }),
      parallel({
        one: agentStep({
          name: 'one',
          agent: noting('one'),
          prompt: (text: string) => text,
          check: (text) => (text === 'one' ? 'once more' : undefined),
        }),
        two: step({
          name: 'two',
          run: async (text: string, at) => {
            tree.text = 'changed';
            const [a, b] = [await at.ask(noting('a'), text), await at.ask(noting('b'), text)];
            return a.text + b.text;
          },
        }),
      }),
      step({
        name: 'end',
        run: (both: { one: string; two: string }) =>
          fails ? Promise.reject(new Error('bad')) : `${both.one} ${both.two}`,
      }),
    ],
    { store, worktree: { snapshots } },
  );
}

const world = (): World => ({ tree: { text: 'before' }, calls: [] });

async function lifetimes(appends: number, fails: boolean) {
  const place = world();
  const first = memoryStore();
  const run = build(mortal(first, appends), place, fails).run('topic');
  const ended = await run.result;
  if (ended.error?.code !== 'store_failed') return { ended, place, lives: 1 };
  const store = await reopened(first);
  if ((await store.sessionOf(run.id)) === undefined) return { ended: undefined, place, lives: 1 };
  return { ended: await build(store, place, fails).resume(run.id).result, place, lives: 2 };
}

test.each([false, true])(
  'killed at any event, a resumed pipeline comes to the same end (failing: %s)',
  async (fails) => {
    let deaths = 0;
    for (let appends = 0; ; appends++) {
      const { ended, place, lives } = await lifetimes(appends, fails);
      deaths += lives - 1;
      if (!ended) continue;
      if (fails)
        expect(ended).toMatchObject({
          reason: 'failed',
          error: { message: expect.stringContaining('Step "end" failed: bad') },
        });
      else expect(ended).toMatchObject({ reason: 'done', output: 'one mended ab' });
      expect(place.tree.text).toBe(fails ? 'before' : 'changed');
      // The note that was under way may be made twice, no other.
      expect(place.calls.length).toBeLessThanOrEqual(lives === 1 ? 5 : 7);
      if (lives === 1) break;
    }
    expect(deaths).toBeGreaterThan(20);
  },
);
