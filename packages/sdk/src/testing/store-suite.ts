import assert from 'node:assert/strict';
import { isCapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import { newId } from '../contract/id.ts';
import type { LeaseHolder, SessionLeases } from '../contract/lease.ts';
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
    ...leaseClaims.map(([name, claim]) =>
      one(`if it has leases: ${name}`, (store) => (store.leases ? claim(store, store.leases) : Promise.resolve())),
    ),
    one('may be closed twice', async (store) => {
      await store.close();
    }),
  ];
}

const leaseClaims: readonly (readonly [string, (store: RunStore, leases: SessionLeases) => Promise<void>])[] = [
  [
    'a second writer is told who holds the session',
    async (_, leases) => {
      const id = newId();
      const first = await leases.take(id, holder('one'));
      await assert.rejects(leases.take(id, holder('two')), (error) => {
        return isCapstanError(error) && error.code === 'conflict' && error.message.includes('run one in process');
      });
      assert.deepEqual(await leases.find(id), { ...first, ttlMs: (await leases.find(id))?.ttlMs });
      assert.equal(await leases.find(newId()), undefined);
    },
  ],
  [
    'of many takers at once exactly one wins',
    async (_, leases) => {
      const id = newId();
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => leases.take(id, holder('any'))));
      assert.equal(tries.filter((each) => each.status === 'fulfilled').length, 1);
    },
  ],
  [
    'the holder appends, and nobody else',
    async (store, leases) => {
      const id = newId();
      const lease = await leases.take(id, holder('one'));
      await store.append(id, 0, turns(id, 0, 1), { lease });
      await rejects(store.append(id, 1, turns(id, 1, 1)), 'conflict');
      await rejects(store.append(id, 1, turns(id, 1, 1), { lease: { ...lease, token: lease.token + 1 } }), 'conflict');
      await store.append(id, 1, turns(id, 1, 1), { lease: await leases.renew(lease) });
      assert.equal((await store.read(id)).length, 2);
    },
  ],
  [
    'a session given up is free, and tokens grow so that the old one is refused',
    async (store, leases) => {
      const id = newId();
      const first = await leases.take(id, holder('one'));
      await leases.release(first);
      await leases.release(first);
      const second = await leases.take(id, holder('two'));
      assert.ok(second.token > first.token);
      await rejects(store.append(id, 0, turns(id, 0, 1), { lease: first }), 'conflict');
      await rejects(leases.renew(first), 'conflict');
      await leases.release(first);
      await store.append(id, 0, turns(id, 0, 1), { lease: second });
    },
  ],
  [
    'a session may be given up with its last events, for good',
    async (store, leases) => {
      const id = newId();
      const lease = await leases.take(id, holder('one'));
      await store.append(id, 0, turns(id, 0, 1), { lease, release: true });
      assert.equal(await leases.find(id), undefined);
      await rejects(leases.renew(lease), 'conflict');
      await rejects(store.append(id, 1, turns(id, 1, 1), { lease }), 'conflict');
      await store.append(id, 1, turns(id, 1, 1));
    },
  ],
  [
    'a refused append does not give the session up',
    async (store, leases) => {
      const id = newId();
      const lease = await leases.take(id, holder('one'));
      await rejects(store.append(id, 5, turns(id, 5, 1), { lease, release: true }), 'conflict');
      assert.equal((await leases.find(id))?.token, lease.token);
    },
  ],
  [
    'the writer of a deleted session is refused, also when the session begins anew',
    async (store, leases) => {
      const id = newId();
      const lease = await leases.take(id, holder('one'));
      await store.delete(id);
      await rejects(store.append(id, 0, turns(id, 0, 1), { lease }), 'conflict');
      await leases.take(id, holder('two'));
      await rejects(store.append(id, 0, turns(id, 0, 1), { lease }), 'conflict');
    },
  ],
];

function holder(runId: string): LeaseHolder {
  return { id: newId(), runId, host: 'here', pid: 1, process: 'somewhere 1 1' };
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
