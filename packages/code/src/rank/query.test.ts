import { expect, test } from 'vitest';
import { parseQuery } from './query.ts';

test.each([
  ['fix(router): trailing slash is lost', ['router']],
  ['net/http: close idle connections', ['net', 'http']],
  ['[core] keep the order', ['core']],
  ['feat!: drop the old engine', []],
  ['resources/page, tpl: fix the date', ['resourc', 'page', 'tpl']],
  ['Where are sessions stored?', []],
])('the part of the repository that %j names', (text, scope) => {
  expect([...parseQuery(text).scope]).toEqual(scope);
});

test('names in code are found whole and in parts', () => {
  const { terms, names } = parseQuery('streamText drops abort_signal in pkg.Func');
  for (const word of ['stream', 'text', 'streamtext', 'abort', 'signal', 'abortsignal', 'pkgfunc'])
    expect(terms.has(word)).toBe(true);
  expect(names.has('streamtext')).toBe(true);
});

test('neighbours may be one name, and words of requests count little', () => {
  const { terms } = parseQuery('Add support for abort signal handling (#1234)');
  expect(terms.get('abortsignal')).toBe(0.7);
  expect(terms.get('add')).toBeLessThan(0.5);
  expect(terms.has('1234')).toBe(false);
});
