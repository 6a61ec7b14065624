import { expect, test } from 'vitest';
import { maskKey, maskSecrets } from './mask.ts';

test.each([
  ['sk-proj-0123456789abcdef', 'sk-…cdef'],
  ['AIzaSyA0123456789abcdefghijklmnopqrstuv', '…stuv'],
  ['short', '…'],
])('the key %s is shown as %s', (key, shown) => {
  expect(maskKey(key)).toBe(shown);
});

test('a known key is masked in every form', () => {
  const key = 'planted/key+with=signs-0123';
  const text = [key, encodeURIComponent(key), Buffer.from(key).toString('base64')].join(' ');
  expect(maskSecrets(text, [key])).toBe('…0123 …0123 …0123');
});

test('what looks like a key is masked without being known', () => {
  const text =
    'Incorrect key sk-abcdefghijklmnop1234, Bearer abcdef0123456789, AIzaSyA0123456789abcdefghijklmnopqrstuv';
  expect(maskSecrets(text)).not.toMatch(/abcdefgh|0123456789/);
});

test('plain words stay as they are', () => {
  const text = 'The task-oriented sk-learn model gpt-5.1 (key: none) is missing.';
  expect(maskSecrets(text)).toBe(text);
});
