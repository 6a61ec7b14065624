import { expect, test } from 'vitest';
import { retryAfter } from './retry-after.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

test.each<[string, Record<string, string>, string, number | undefined]>([
  ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, '', 1500],
  ['seconds', { 'retry-after': '7' }, '', 7000],
  ['parts of a second', { 'retry-after': '0.5' }, '', 500],
  ['an HTTP date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' }, '', 30_000],
  ['a date of the old form', { 'retry-after': 'Saturday, 21-Nov-26 12:00:30 GMT' }, '', 30_000],
  ['a date of C', { 'retry-after': 'Sat Nov 21 12:00:30 2026' }, '', 30_000],
  ['a Tuesday', { 'retry-after': 'Tue Nov 24 12:00:00 2026' }, '', 259_200_000],
  ['a time of day without a zone', { 'retry-after': '2026-11-21T12:00:30' }, '', 30_000],
  ['a time of day in a zone', { 'retry-after': '2026-11-21T13:00:30+01:00' }, '', 30_000],
  ['a date that is over', { 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, '', 0],
  [
    'the limit that is used up',
    {
      'x-ratelimit-remaining-requests': '5',
      'x-ratelimit-reset-requests': '1h',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '6m0.5s',
    },
    '',
    360_500,
  ],
  ['milliseconds as a duration', { 'x-ratelimit-reset-tokens': '20ms' }, '', 20],
  ['a Unix time in milliseconds', { 'x-ratelimit-reset': String(now + 4000) }, '', 4000],
  ['a Unix time in seconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 4) }, '', 4000],
  [
    'a time of day',
    { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-11-21T12:01:00Z' },
    '',
    60_000,
  ],
  ['words', {}, 'Rate limit reached. Please try again in 1.2s. Visit …', 1200],
  ['words in minutes', {}, 'Please try again in 6m0s.', 360_000],
  ["Google's delay", {}, '{"details":[{"retryDelay": "34s"}]}', 34_000],
  [
    'limits that are not used up',
    { 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '1h' },
    '',
    undefined,
  ],
  ['nonsense', { 'retry-after': 'soon', 'retry-after-ms': '-4' }, '', undefined],
  ['nothing', {}, '', undefined],
])('a wait is read from %s', (_, headers, words, expected) => {
  expect(retryAfter((name) => headers[name], words, now)).toBe(expected);
});
