import { expect, test } from 'vitest';
import { keyRing } from './key-ring.ts';

const none: ReadonlySet<string> = new Set();

test('keys are used by their weights, evenly spread', () => {
  const ring = keyRing(
    [
      { value: 'heavy', weight: 2 },
      { value: 'light', weight: 1 },
    ],
    () => 0,
  );
  expect([1, 2, 3, 4, 5, 6].map(() => ring.pick(none))).toEqual(['heavy', 'light', 'heavy', 'heavy', 'light', 'heavy']);
});

test('a key that rests is used again when its time has come', () => {
  let now = 0;
  const ring = keyRing(
    [
      { value: 'first-key', weight: 1 },
      { value: 'second-key', weight: 1 },
    ],
    () => now,
  );
  ring.rest('first-key', 'refused', 100);
  expect([ring.pick(none), ring.pick(none)]).toEqual(['second-key', 'second-key']);
  ring.rest('second-key', 'limited', 50);
  expect(ring.readyAt()).toBe(50);
  expect(ring.pick(none)).toBe('second-key');
  now = 100;
  expect(new Set([ring.pick(none), ring.pick(none)])).toEqual(new Set(['first-key', 'second-key']));
  expect(ring.states().map(({ state }) => state)).toEqual(['ready', 'ready']);
});

test('no key is shown', () => {
  const ring = keyRing([{ value: 'sk-0123456789abcdefghij', weight: 1 }], () => 0);
  expect(JSON.stringify(ring.states())).not.toContain('0123456789');
});
