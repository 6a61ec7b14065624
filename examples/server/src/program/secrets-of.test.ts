import { expect, test } from 'vitest';
import { secretsOf } from './secrets-of.ts';

test('what variables hold is secret, wherever the configuration names them', () => {
  const settings = {
    upstreams: { a: { keys: [{ env: 'A', weight: 2 }, { env: 'B' }], headers: { x: { env: 'C' } } } },
    admin: { key: { env: 'D' } },
    store: { database: { env: 'E' } },
  };
  const env = {
    A: 'key-a-0123',
    B: 'key-b-0123',
    C: 'header-0123',
    D: 'admin-0123',
    E: 'postgresql://user:p%40ssword@db.example:5432/relay',
    CAPSTAN_RELAY_REDIS: 'redis://:another@127.0.0.1:6379',
    OTHER: 'not-named',
  };
  expect(secretsOf(settings, env).toSorted()).toEqual(
    ['key-a-0123', 'key-b-0123', 'header-0123', 'admin-0123', 'p%40ssword', 'p@ssword', 'another'].toSorted(),
  );
});

test('a short or missing value hides no word of a text', () => {
  expect(secretsOf({ keys: [{ env: 'A' }, { env: 'B' }] }, { A: 'on' })).toEqual([]);
});
