import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { auditChain, readAuditChain, verifyAuditChain } from '../session/audit-chain.ts';
import { importSession } from '../session/export-session.ts';
import { memoryStore } from '../session/memory-store.ts';
import { pruneSessions } from '../session/prune-sessions.ts';
import { listSessions } from '../session/session-summary.ts';

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: z.object({ a: z.number(), b: z.number() }),
  effects: [],
  execute: ({ a, b }) => `\`\`\`${a + b}\`\`\``,
});

async function conversation() {
  const store = memoryStore();
  const model = scriptedModel(({ messages }) => {
    const last = messages.at(-1);
    return last?.role === 'user'
      ? { calls: [{ tool: 'add', input: { a: 1, b: 2 }, id: `c${messages.length}` }] }
      : { text: 'Three.' };
  });
  const agent = createAgent({ model, tools: [add], store });
  const { sessionId, runId } = await agent.run('What is 1 + 2?\nQuick.').result;
  return { store, agent, model, sessionId, runId, session: agent.session(sessionId) };
}

test('a session tells its title, and takes another', async () => {
  const { session } = await conversation();
  expect(await session.summary()).toMatchObject({ title: 'What is 1 + 2?', messages: 4, lastReason: 'done' });
  await session.rename('Sums');
  expect((await session.summary()).title).toBe('Sums');
  expect((await session.run('again').result).reason).toBe('done');
  expect((await session.summary()).title).toBe('Sums');
});

test('a session tells what it came to, by what it was given, its last compaction or its last reply', async () => {
  const { session, store } = await conversation();
  expect((await session.summary()).summary).toBe('Three.');
  const events = await session.events();
  const last = events.at(-1);
  if (!last) throw new Error('no event');
  const compacted = {
    type: 'context.compacted',
    tokensBefore: 9,
    tokensAfter: 1,
    trimmed: 0,
    dropped: 2,
    summary: 'Sums were done.',
  } as const;
  await store.append(session.id, last.seq, [
    { ...compacted, v: 1, seq: last.seq + 1, at: 1, sessionId: session.id, runId: last.runId },
  ]);
  expect((await session.summary()).summary).toBe('Sums were done.');
  await session.rename('Sums', { summary: 'One and two are three.' });
  expect(await session.summary()).toMatchObject({ title: 'Sums', summary: 'One and two are three.' });
  expect((await listSessions(store, { search: 'two ARE three' })).map(({ id }) => id)).toEqual([session.id]);
});

test('pruning leaves a session alone while a run writes to it', async () => {
  const model = scriptedModel([{ text: 'still', hang: true }]);
  const store = memoryStore();
  const run = createAgent({ model, store }).run('go');
  for await (const event of run) if (event.type === 'text.delta') break;
  expect(await pruneSessions(store, { keep: 0 })).toEqual([]);
  await run.stop();
  expect(await pruneSessions(store, { keep: 0 })).toEqual([run.sessionId]);
});

test('a session of nothing is not found', async () => {
  const { agent } = await conversation();
  const nothing = agent.session('nothing');
  await expect(nothing.rename('x')).rejects.toMatchObject({ code: 'not_found' });
  await expect(nothing.export('json')).rejects.toMatchObject({ code: 'not_found' });
  await expect(nothing.fork()).rejects.toMatchObject({ code: 'not_found' });
});

test('a fork at any event goes on by itself and leaves the first as it was', async () => {
  const { session, store } = await conversation();
  const before = await session.events();
  for (const { seq } of before) {
    const fork = await session.fork({ at: seq });
    const result = await fork.run('And now?').result;
    expect(result.reason).toBe('done');
    expect((await fork.messages()).length).toBeGreaterThan(2);
  }
  expect(await session.events()).toEqual(before);
  expect(await store.sessionOf(before[0]?.runId ?? '')).toBe(session.id);
  await expect(session.fork({ at: 99 })).rejects.toMatchObject({ code: 'not_found' });
});

test('an export comes back equal in another store, and a second time is a conflict', async () => {
  const { session } = await conversation();
  const json = await session.export('json');
  const other = memoryStore();
  expect(await importSession(other, json)).toBe(session.id);
  expect(await other.read(session.id)).toEqual(await session.events());
  await expect(importSession(other, json)).rejects.toMatchObject({ code: 'conflict' });
  expect(await importSession(other, json, { as: 'copy' })).toBe('copy');
  await expect(importSession(other, 'something else')).rejects.toMatchObject({ code: 'store_failed' });
});

test('the Markdown of a session is readable and keeps its fences apart', async () => {
  const { session } = await conversation();
  const text = await session.export('markdown');
  expect(text).toContain('# What is 1 + 2?\n');
  expect(text).toContain('````\n```3```\n````');
  expect(text).toContain('## Assistant\n\nThree.');
});

test('sessions are found by their words, in any case of letters', async () => {
  const { store, agent } = await conversation();
  await agent.run('Paint the fence').result;
  expect((await listSessions(store, { search: 'FENCE' })).map(({ title }) => title)).toEqual(['Paint the fence']);
  expect(await listSessions(store, { limit: 1 })).toHaveLength(1);
});

test('pruning keeps the newest, and a dry run deletes nothing', async () => {
  const { store, agent } = await conversation();
  for (const task of ['two', 'three']) await agent.run(task).result;
  expect(await pruneSessions(store, { keep: 1, dryRun: true })).toHaveLength(2);
  expect(await listSessions(store)).toHaveLength(3);
  expect(await pruneSessions(store, { keep: 1 })).toHaveLength(2);
  expect(await listSessions(store)).toHaveLength(1);
  expect(await pruneSessions(store, { olderThanDays: 1 }, Date.now() + 2 * 86_400_000)).toHaveLength(1);
});

test('a chain that nobody touched verifies and gives the events back', async () => {
  const { session } = await conversation();
  const events = await session.events();
  const chain = auditChain(events);
  expect(verifyAuditChain(chain)).toMatchObject({ ok: true, lines: events.length, signed: false });
  expect(readAuditChain(chain)).toEqual(events);
});

test('any change to a chain is found, at the line where it is or the next', async () => {
  const { session } = await conversation();
  const chain = auditChain(await session.events());
  fc.assert(
    fc.property(fc.nat(chain.length - 2), fc.constantFrom('x', '0', '"', '{', ' '), (at, char) => {
      fc.pre(chain[at] !== char);
      const verdict = verifyAuditChain(chain.slice(0, at) + char + chain.slice(at + 1));
      expect(verdict.ok).toBe(false);
    }),
  );
  const lines = chain.trimEnd().split('\n');
  const without = (i: number) => lines.filter((_, each) => each !== i).join('\n');
  expect(verifyAuditChain(without(2))).toMatchObject({ ok: false, line: 3 });
  expect(verifyAuditChain(without(lines.length - 1))).toMatchObject({ ok: false });
  expect(verifyAuditChain([lines[1], lines[0], ...lines.slice(2)].join('\n'))).toMatchObject({ ok: false, line: 1 });
  expect(verifyAuditChain('')).toMatchObject({ ok: false });
});

test('a signed chain verifies with its key and no other', async () => {
  const { session } = await conversation();
  const [mine, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const chain = auditChain(await session.events(), { key: mine.privateKey });
  expect(verifyAuditChain(chain, { publicKey: mine.publicKey })).toMatchObject({ ok: true, signed: true });
  expect(verifyAuditChain(chain, { publicKey: other.publicKey })).toMatchObject({ ok: false });
  expect(verifyAuditChain(auditChain(await session.events()), { publicKey: mine.publicKey })).toMatchObject({
    ok: false,
  });
});
