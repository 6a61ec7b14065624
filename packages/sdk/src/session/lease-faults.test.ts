import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { newId } from '../contract/id.ts';
import type { RunResult } from '../contract/run.ts';
import type { RunStore } from '../contract/store.ts';
import { replay } from '../replay/replay.ts';
import { workingAgent, workingParts } from './__fixtures__/working-agent.ts';
import { emptySession, foldEvents } from './fold.ts';
import { postgresStore } from './postgres-store.ts';
import { sqliteStore } from './sqlite-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'capstan-lease-'));
const children: ChildProcess[] = [];
afterEach(() => void children.splice(0).map((child) => child.kill('SIGKILL')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const postgres = process.env['CAPSTAN_TEST_POSTGRES'];

/** One store, opened here, and said to another process. */
interface Place {
  readonly at: readonly [kind: string, place: string];
  readonly open: () => RunStore;
}

const places: [string, () => Place][] = [
  [
    'SQLite',
    () => {
      const path = join(folder, `${newId()}.db`);
      return { at: ['SQLite', path], open: () => sqliteStore(path) };
    },
  ],
  ...(postgres === undefined
    ? []
    : ([
        ['PostgreSQL', () => ({ at: ['PostgreSQL', postgres], open: () => postgresStore({ connection: postgres }) })],
      ] satisfies [string, () => Place][])),
];

/** Starts a run in another process; gives its process and what it says, line by line. */
async function runElsewhere(place: Place, leaseMs?: number) {
  const file = join(import.meta.dirname, '__fixtures__/run-elsewhere.ts');
  const args = ['--conditions=@capstan/source', file, ...place.at, ...(leaseMs === undefined ? [] : [`${leaseMs}`])];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>() => JSON.parse((await lines.next()).value ?? '{}') as T;
  const { runId, sessionId } = await next<{ runId: string; sessionId: string }>();
  return { child, next, runId, sessionId };
}

const worked = async () => 'worked';

async function checkLog(store: RunStore, sessionId: string, runId: string) {
  const events = await store.read(sessionId);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
  expect(foldEvents(emptySession(), events).open).toEqual([]);
  expect(events.filter((event) => event.type === 'run.ended')).toHaveLength(1);
  expect(await replay(events, runId, workingParts(worked))).toMatchObject({ same: true });
}

describe.each(places)('two processes on one session in %s', (_, make) => {
  test('an owner that was stopped past its lease is refused when it wakes, and its log is whole', async () => {
    const place = make();
    const store = place.open();
    const { child, next, runId, sessionId } = await runElsewhere(place, 300);
    child.kill('SIGSTOP');
    while (await store.leases?.find(sessionId)) await wait(20);
    const taken = await workingAgent(worked, store).resume(runId).result;
    expect(taken).toMatchObject({ reason: 'done', text: 'Done.' });
    child.kill('SIGCONT');
    child.stdin.write('end\n');
    const refused = await next<RunResult>();
    expect(refused).toMatchObject({ reason: 'failed', error: { code: 'conflict' } });
    expect(refused.error?.message).toMatch(/may no longer write.*went to run .* in process \d+/s);
    await checkLog(store, sessionId, runId);
    await store.close();
  });

  test('an owner that was stopped past its lease goes on when nobody came in between', async () => {
    const place = make();
    const store = place.open();
    const { child, next, runId, sessionId } = await runElsewhere(place, 300);
    child.kill('SIGSTOP');
    while (await store.leases?.find(sessionId)) await wait(20);
    child.kill('SIGCONT');
    child.stdin.write('end\n');
    expect(await next<RunResult>()).toMatchObject({ reason: 'done' });
    await checkLog(store, sessionId, runId);
    await store.close();
  });

  test('a run that lives is neither resumed nor run beside, and is not hurt by the attempt', async () => {
    const place = make();
    const store = place.open();
    const { child, next, runId, sessionId } = await runElsewhere(place);
    const agent = workingAgent(worked, store);
    const attempts = [agent.resume(runId), agent.run('and I?', { sessionId })];
    for (const { result } of attempts) {
      const { error } = await result;
      expect(error?.code).toBe('conflict');
      expect(error?.message).toContain(`held by run ${runId} in process ${child.pid}`);
      expect(error?.message).toContain('fork');
    }
    await expect(agent.session(sessionId).rename('mine')).rejects.toMatchObject({ code: 'conflict' });
    child.stdin.write('end\n');
    expect(await next<RunResult>()).toMatchObject({ reason: 'done' });
    await checkLog(store, sessionId, runId);
    await store.close();
  });

  test('a run whose process was killed is resumed at once', async () => {
    const place = make();
    const store = place.open();
    const { child, runId, sessionId } = await runElsewhere(place, 600_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await store.leases?.find(sessionId))?.holder.pid).toBe(child.pid);
    const result = await workingAgent(worked, store).resume(runId).result;
    expect(result).toMatchObject({ reason: 'done', runId });
    await checkLog(store, sessionId, runId);
    await store.close();
  });
});
