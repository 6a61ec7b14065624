import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createRedactor, fullAuto, suggest } from '@capstan/policy';
import { defineTool } from '../contract/define-tool.ts';
import type { RunEvent } from '../contract/event.ts';
import { memoryStore } from '../session/memory-store.ts';
import type { Script } from '../testing/scripted-model.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { masking } from './masking.ts';

const known = 'pl4nted!value-of-the-environment';
const shaped = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`;
const secrets = [known, shaped, Buffer.from(known).toString('base64'), encodeURIComponent(known)];
const leaky = `one ${known} two ${shaped} three`;

/** Cuts a text at the given places. */
function pieces(text: string, cuts: readonly number[]): readonly string[] {
  const at = [0, ...cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b), text.length];
  return at.slice(1).map((end, i) => text.slice(at[i], end));
}

function show(cuts: readonly number[], seen: unknown[] = []) {
  return defineTool({
    name: 'show',
    description: 'Shows what it knows.',
    input: z.object({ key: z.string().optional(), fails: z.boolean().optional() }),
    effects: ({ key }) => [{ kind: 'run', command: `./show ${key ?? ''}`, cwd: '/repo' }],
    preview: ({ key }) => ({ kind: 'command', command: `./show ${key ?? ''} ${leaky}`, cwd: '/repo' }),
    execute: ({ key, fails }, { progress }) => {
      seen.push(key);
      for (const piece of pieces(leaky, cuts)) progress(piece);
      if (fails) throw new Error(`cannot: ${leaky}`);
      return leaky;
    },
  });
}

const redactor = () => createRedactor({ known: [known], personal: false });

/** Runs a script; gives every event and every request, as text. */
async function traces(script: Script, { cuts = [], policy = fullAuto({ root: '/repo' }) }: Partial<Scene> = {}) {
  const model = scriptedModel(script);
  const store = memoryStore();
  const hooks = [masking(redactor())];
  const agent = createAgent({ model, tools: [show(cuts)], policy, store, hooks, instructions: `Use ${known}.` });
  const events: RunEvent[] = [];
  const run = agent.run(`my key is ${known}`, { sessionId: 's' });
  for await (const event of run) events.push(event);
  const result = await run.result;
  const shown = (type: RunEvent['type']) =>
    events
      .map((event) => (event.type !== type ? '' : 'text' in event ? event.text : 'json' in event ? event.json : ''))
      .join('');
  const log = JSON.stringify(await store.read('s'));
  return { events, shown, log, sent: JSON.stringify(model.requests), result };
}

interface Scene {
  readonly cuts: readonly number[];
  readonly policy: ReturnType<typeof fullAuto>;
}

const clean = (text: string) => secrets.filter((secret) => text.includes(secret));

test('no edge of a run lets a secret through, wherever it is split', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.integer({ min: 1, max: 60 }),
      async (cuts, chunkChars) => {
        const script: Script = [
          { text: `I saw ${leaky}`, chunkChars, calls: [{ tool: 'show', input: { key: 'plain' } }] },
          { calls: [{ tool: 'show', input: { fails: true } }] },
          { text: `the end ${known}` },
        ];
        const { log, sent, shown, result } = await traces(script, { cuts });
        expect(result.reason).toBe('done');
        const edges = [log, sent, shown('tool.progress'), shown('text.delta'), JSON.stringify(result)];
        expect(edges.flatMap(clean)).toEqual([]);
        expect(shown('tool.progress')).toContain('one [redacted:known] two [redacted:github-token] three');
        expect(shown('text.delta')).toContain('I saw one [redacted');
      },
    ),
    { numRuns: 40 },
  );
});

test('the preview of an approval, a decision and a refusal tell no secret', async () => {
  const asked = await traces([{ calls: [{ tool: 'show', input: { key: 'plain' } }] }], {
    policy: suggest({ root: '/repo' }),
  });
  expect(asked.result.reason).toBe('approval');
  expect(clean(asked.log)).toEqual([]);
  expect(asked.log).toContain('approval.requested');
});

test('what a call refuses is masked before the model reads it', async () => {
  const policy = {
    ...suggest({ root: '/repo' }),
    otherwise: { ...suggest({ root: '/repo' }).otherwise, run: 'deny' },
  } as const;
  const { sent } = await traces([{ calls: [{ tool: 'show', input: { key: 'x' } }] }, { text: 'ok' }], { policy });
  expect(sent).toContain('Not allowed by rule');
  expect(clean(sent)).toEqual([]);
});

test('live text that cannot be part of a secret is not held back', async () => {
  const { events } = await traces([{ text: 'Hello there, all is well. '.repeat(4), chunkChars: 7 }]);
  const deltas = events.filter((event) => event.type === 'text.delta');
  expect(deltas.length).toBeGreaterThan(1);
});

test('a placeholder is put back in what a call does, and nowhere else', async () => {
  const reversible = createRedactor({ known: [known], personal: false, reversible: true });
  const seen: unknown[] = [];
  const model = scriptedModel([{ calls: [{ tool: 'show', input: { key: '«secret:1»' } }] }, { text: 'done' }]);
  const store = memoryStore();
  const hooks = [masking(reversible, { restore: true })];
  const agent = createAgent({ model, tools: [show([], seen)], policy: fullAuto({ root: '/repo' }), store, hooks });
  await agent.run(`my key is ${known}`, { sessionId: 's' }).result;
  expect(seen).toEqual([known]);
  expect(clean(JSON.stringify([model.requests, await store.read('s')]))).toEqual([]);
  expect(JSON.stringify(model.requests)).toContain('my key is «secret:1»');
});

test('a placeholder is not put back for a call that is denied', async () => {
  const reversible = createRedactor({ known: [known], personal: false, reversible: true });
  const seen: unknown[] = [];
  const model = scriptedModel([{ calls: [{ tool: 'show', input: { key: '«secret:1»' } }] }, { text: 'done' }]);
  const base = suggest({ root: '/repo' });
  const policy = { ...base, otherwise: { ...base.otherwise, run: 'deny' } } as const;
  const agent = createAgent({
    model,
    tools: [show([], seen)],
    policy,
    hooks: [masking(reversible, { restore: true })],
  });
  await agent.run(`my key is ${known}`).result;
  expect(seen).toEqual([]);
  expect(clean(JSON.stringify(model.requests))).toEqual([]);
});
