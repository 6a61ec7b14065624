import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from '../contract/event.ts';
import { EventLog } from './event-log.ts';

const header = { v: 1, seq: 1, at: 0, sessionId: 's', runId: 'r' } as const;
const text = (words: string): RunEvent => ({ ...header, type: 'text.delta', text: words });
const turn = (n: number): RunEvent => ({ ...header, type: 'turn.started', turn: n });

async function drain(reader: AsyncIterator<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for (;;) {
    const next = await reader.next();
    if (next.done) return events;
    events.push(next.value);
  }
}

/** What a reader learns, with deltas in a row joined. */
function joined(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === 'text.delta' ? event.text : `<${event.type}>`)).join('');
}

test('readers that lag in any way learn the same as one that does not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.string({ minLength: 1, maxLength: 9 }).map(text), fc.nat(9).map(turn)), { maxLength: 60 }),
      fc.array(fc.nat(60), { maxLength: 4 }),
      async (events, joins) => {
        const log = new EventLog();
        const readers = [drain(log.read())];
        for (const [i, event] of events.entries()) {
          if (joins.includes(i)) readers.push(drain(log.read()));
          log.push(event);
          if (i % 3 === 0) await Promise.resolve();
        }
        log.close();
        const all = await Promise.all([...readers, drain(log.read())]);
        expect(new Set([joined(events), ...all.map(joined)]).size).toBe(1);
      },
    ),
  );
});

test('a reader that is up to date gets each delta as it came', async () => {
  const log = new EventLog();
  const reader = log.read();
  for (const word of ['a', 'b', 'c']) {
    const event = text(word);
    log.push(event);
    expect((await reader.next()).value).toBe(event);
  }
});

test('200,000 deltas wait for a sleeping reader in the space of their text', async () => {
  const log = new EventLog();
  const reader = log.read();
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 200_000; i++) log.push(text('word '));
  log.close();
  const kept = process.memoryUsage().heapUsed - before;
  const events = await drain(reader);
  expect(events.length).toBeLessThan(500);
  expect(joined(events)).toBe('word '.repeat(200_000));
  expect(kept).toBeLessThan(60_000_000);
});

test('a tool that prints without end does not fill memory', async () => {
  const log = new EventLog();
  const piece = 'x'.repeat(100_000);
  for (let i = 0; i < 1000; i++) log.push({ ...header, type: 'tool.progress', callId: 'c', text: piece });
  log.push(turn(1));
  log.close();
  const events = await drain(log.read());
  const chars = events.reduce((sum, event) => sum + (event.type === 'tool.progress' ? event.text.length : 0), 0);
  expect(chars).toBeLessThan(2_000_000);
  expect(events.at(-1)?.type).toBe('turn.started');
});

test('leaving ends that reader only', async () => {
  const log = new EventLog();
  const [one, two] = [log.read(), log.read()];
  const waiting = one.next();
  await one.return?.();
  expect((await waiting).done).toBe(true);
  log.push(text('a'));
  expect((await two.next()).value).toMatchObject({ text: 'a' });
});
