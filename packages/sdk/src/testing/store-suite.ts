import assert from 'node:assert/strict';
import { isCapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import { newId } from '../contract/id.ts';
import type { RunStore } from '../contract/store.ts';
import type { SuiteCase } from './suite.ts';

/**
 * The claims that every `RunStore` keeps.
 *
 * @param open Opens the store under test; called twice by claims about two writers, on the same data if it can be shared.
 */
export function storeSuite(open: () => RunStore | Promise<RunStore>): readonly SuiteCase[] {
  const one = (name: string, claim: (store: RunStore) => Promise<void>): SuiteCase => ({
    name,
    async run() {
      const store = await open();
      await claim(store).finally(() => store.close());
    },
  });
  return [
    one('reads back what was appended, in order and equal', async (store) => {
      const id = newId();
      const events = [...turns(id, 0, 3), odd(id, 4)];
      await store.append(id, 0, events.slice(0, 1));
      await store.append(id, 1, events.slice(1));
      assert.deepEqual(await store.read(id), events);
    }),
    one('reads from a number on', async (store) => {
      const id = newId();
      await store.append(id, 0, turns(id, 0, 5));
      assert.deepEqual(
        (await store.read(id, { after: 3 })).map((event) => event.seq),
        [4, 5],
      );
      assert.deepEqual(await store.read(id, { after: 5 }), []);
    }),
    one('gives nothing for a session it does not know', async (store) => {
      assert.deepEqual(await store.read('nobody'), []);
      assert.equal(await store.sessionOf('nobody'), undefined);
      await store.delete('nobody');
    }),
    one('refuses a writer that is behind, and keeps nothing of it', async (store) => {
      const id = newId();
      await store.append(id, 0, turns(id, 0, 2));
      await rejects(store.append(id, 1, turns(id, 1, 3)), 'conflict');
      await rejects(store.append(id, 0, turns(id, 0, 1)), 'conflict');
      assert.equal((await store.read(id)).length, 2);
    }),
    one('refuses a writer that is ahead', async (store) => {
      const id = newId();
      await rejects(store.append(id, 1, turns(id, 1, 1)), 'conflict');
    }),
    one('refuses events with a gap in their numbers', async (store) => {
      const id = newId();
      const [first, , third] = turns(id, 0, 3);
      await rejects(store.append(id, 0, [first!, third!]), 'store_failed');
      assert.deepEqual(await store.read(id), []);
    }),
    one('lets exactly one of many writers of one number win', async (store) => {
      const id = newId();
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => store.append(id, 0, turns(id, 0, 2))));
      assert.equal(tries.filter((each) => each.status === 'fulfilled').length, 1);
      assert.equal((await store.read(id)).length, 2);
    }),
    one('keeps sessions apart', async (store) => {
      const [a, b] = [newId(), newId()];
      await Promise.all([store.append(a, 0, turns(a, 0, 2)), store.append(b, 0, turns(b, 0, 3))]);
      assert.deepEqual([(await store.read(a)).length, (await store.read(b)).length], [2, 3]);
    }),
    one('finds the session of a run', async (store) => {
      const id = newId();
      await store.append(id, 0, turns(id, 0, 1));
      assert.equal(await store.sessionOf(`run-of-${id}`), id);
    }),
    one('lists sessions, the last changed first, up to a limit', async (store) => {
      const ids = [newId(), newId(), newId()];
      for (const [i, id] of ids.entries()) await store.append(id, 0, turns(id, 0, 1, 4e12 + i));
      const listed = await store.list({ limit: 2 });
      assert.deepEqual(
        listed.map((each) => each.sessionId),
        [ids[2], ids[1]],
      );
      assert.deepEqual(listed[0], {
        sessionId: ids[2],
        lastSeq: 1,
        createdAt: 4e12 + 2,
        updatedAt: 4e12 + 2,
        lastRunId: `run-of-${ids[2]}`,
      });
    }),
    one('deletes a session, which may then begin anew', async (store) => {
      const id = newId();
      await store.append(id, 0, turns(id, 0, 2));
      await store.delete(id);
      assert.deepEqual(await store.read(id), []);
      assert.equal(await store.sessionOf(`run-of-${id}`), undefined);
      await store.append(id, 0, turns(id, 0, 1));
    }),
    one('may be closed twice', async (store) => {
      await store.close();
    }),
  ];
}

function turns(sessionId: string, after: number, count: number, at = 1): DurableEvent[] {
  return Array.from({ length: count }, (_, i) => ({
    v: 1,
    seq: after + 1 + i,
    at: at + i,
    sessionId,
    runId: `run-of-${sessionId}`,
    type: 'turn.started',
    turn: i + 1,
  }));
}

/** An event with every kind of text that a store may spoil. */
function odd(sessionId: string, seq: number): DurableEvent {
  const text = 'quotes \' " ; DROP TABLE, \u0000 nul, \u2028 line, \ud83d\ude00 pair, \u00e9 e\u0301, \\ \n\r\t';
  return {
    v: 1,
    seq,
    at: 4,
    sessionId,
    runId: `run-of-${sessionId}`,
    type: 'message.added',
    message: { role: 'user', parts: [{ type: 'text', text }] },
  };
}

async function rejects(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error) => isCapstanError(error) && error.code === code);
}
