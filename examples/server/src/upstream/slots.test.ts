import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;

test('calls beyond the cap wait in a row, those beyond the row are refused', async () => {
  const slots = createSlots({ name: 'u', concurrency: 1, queue: 1, queueMs: 60_000 });
  const first = await slots.take(never);
  const second = Promise.resolve(slots.take(never));
  expect(() => slots.take(never)).toThrow('is full');
  expect([slots.used, slots.waiting]).toEqual([1, 1]);
  first();
  first();
  const release = await second;
  expect([slots.used, slots.waiting]).toEqual([1, 0]);
  release();
  expect(slots.used).toBe(0);
});

test('a client that goes leaves the row, a wait that is too long ends', async () => {
  const slots = createSlots({ name: 'u', concurrency: 1, queue: 5, queueMs: 5 });
  const release = await slots.take(never);
  const gone = new AbortController();
  const leaving = slots.take(gone.signal);
  gone.abort();
  await expect(leaving).rejects.toMatchObject({ code: 'aborted' });
  await expect(slots.take(never)).rejects.toMatchObject({ code: 'rate_limited', details: { status: 503 } });
  expect(slots.waiting).toBe(0);
  release();
  expect(slots.used).toBe(0);
});
