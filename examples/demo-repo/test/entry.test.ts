import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLine, parseLog } from '../src/index.ts';

const page = '203.0.113.7 - - [10/Oct/2025:13:55:36 +0000] "GET /guide/start?ref=mail HTTP/1.1" 200 2326 "-" "Mozilla/5.0"';

test('a line of the combined format becomes an entry', () => {
  assert.deepEqual(parseLine(page), {
    visitor: '203.0.113.7',
    at: Date.UTC(2025, 9, 10, 13, 55, 36),
    method: 'GET',
    path: '/guide/start',
    status: 200,
  });
});

for (const asset of ['/style.css', '/app.JS', '/fonts/text.woff2', '/logo.svg?v=3', '/favicon.ico']) {
  test(`${asset} is an asset and no page`, () => {
    assert.equal(parseLine(page.replace('/guide/start?ref=mail', asset)), undefined);
  });
}

test('a file that is no asset is a page', () => {
  assert.equal(parseLine(page.replace('/guide/start', '/paper.pdf'))?.path, '/paper.pdf');
});

test('what is no request is left out of a log', () => {
  assert.deepEqual(parseLog(['', 'garbage', page, page.replace('10/Oct/2025', 'someday')].join('\n')).length, 1);
});
