import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topPages, type Entry } from '../src/index.ts';

function request(path: string, status = 200): Entry {
  return { visitor: 'a', at: 0, method: 'GET', path, status };
}

test('pages are counted, the most wanted first', () => {
  assert.deepEqual(topPages([request('/a'), request('/b'), request('/b'), request('/c')]), [
    { path: '/b', count: 2 },
    { path: '/a', count: 1 },
    { path: '/c', count: 1 },
  ]);
});

test('what was not found does not count', () => {
  assert.deepEqual(topPages([request('/a'), request('/x', 404)]), [{ path: '/a', count: 1 }]);
});

test('the list is cut at its limit', () => {
  assert.equal(topPages([request('/a'), request('/b')], 1).length, 1);
});
