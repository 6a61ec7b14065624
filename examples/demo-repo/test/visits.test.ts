import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, visitsOf, type Entry } from '../src/index.ts';

const minute = 60_000;

function request(visitor: string, minutes: number): Entry {
  return { visitor, at: minutes * minute, method: 'GET', path: '/', status: 200 };
}

test('requests of one visitor within half an hour are one visit', () => {
  assert.deepEqual(visitsOf([request('a', 0), request('a', 20), request('a', 50)]), [
    { visitor: 'a', start: 0, end: 50 * minute, pages: 3 },
  ]);
});

test('a longer silence begins a new visit', () => {
  const visits = visitsOf([request('a', 0), request('a', 31)]);
  assert.deepEqual(visits.map((visit) => visit.pages), [1, 1]);
});

test('visits come in the order in which they began', () => {
  const visits = visitsOf([request('b', 0), request('a', 1), request('b', 2), request('c', 3)]);
  assert.deepEqual(visits.map((visit) => visit.visitor), ['b', 'a', 'c']);
});

test('no entries are no visits', () => {
  assert.deepEqual(visitsOf([]), []);
});

test('the median is the middle, or the mean of the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), undefined);
});
