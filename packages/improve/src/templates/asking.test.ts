import { describe, expect, test } from 'vitest';
import { scanText } from '../scan/scan-text.ts';
import { ownAccessors } from '../scan/source-file.ts';
import { splice } from '../scan/splice.ts';
import type { Template } from '../scan/template.ts';
import { filterSome } from './filter-some.ts';
import { lookupSet } from './lookup-set.ts';
import { spreadHas, spreadSize } from './spread-has.ts';

function rewrite(template: Template, text: string, path = 'a.mjs'): string {
  const found =
    scanText(text, { path, templates: [template], accessors: new Set(ownAccessors(text)) })?.opportunities ?? [];
  return splice(
    text,
    found.flatMap((one) => one.edits),
  );
}

describe('filter-some', () => {
  const asked = 'const xs = [1, 2];\nconst ask = ';
  test.each([
    ['xs.filter((x) => x > 1).length > 0', 'xs.some((x) => x > 1)'],
    ['xs.filter((x) => x > 1).length !== 0', 'xs.some((x) => x > 1)'],
    ['xs.filter((x) => x > 1).length >= 1', 'xs.some((x) => x > 1)'],
    ['xs.filter((x) => x > 1).length === 0', '!xs.some((x) => x > 1)'],
    ['xs.filter((x) => x > 1).length < 1 && y', '!xs.some((x) => x > 1) && y'],
    ['xs.filter((x) => x > 1).length ? 1 : 2', 'xs.some((x) => x > 1) ? 1 : 2'],
    ['!xs.filter((x) => x > 1).length', '!xs.some((x) => x > 1)'],
    ['!!xs.filter((x) => x > 1).length', '!!xs.some((x) => x > 1)'],
  ])('%s', (before, after) => {
    expect(rewrite(filterSome, `${asked}${before};`)).toBe(`${asked}${after};`);
  });

  test('a condition', () => {
    expect(rewrite(filterSome, 'function f(...xs) { if (xs.filter((x) => x).length) g(); }')).toBe(
      'function f(...xs) { if (xs.some((x) => x)) g(); }',
    );
  });

  test.each([
    'xs.filter((x) => x > 1).length',
    'xs.filter((x) => x > 1).length > 1',
    'xs.filter((x) => x > 1).length >= 0',
    'xs.filter((x) => x > 1).length === 1',
    'xs.filter((x) => x > 1).length && y',
    'xs.filter((x) => x > 1).length + 0 > 0',
    '0 < xs.filter((x) => x > 1).length',
    'xs.filter((x) => n++).length > 0',
    'ys.filter((x) => x > 1).length > 0',
    'xs.filter((x, i) => i > 1).length > 0',
    'xs.filter(check).length > 0',
    'xs.filter((x) => x > 1)?.length > 0',
    'xs.filter((x) => x > 1).length /* any */ > 0',
    'xs.filter((x) => x > 1).length > zero',
    'xs.filter((x) => x.a.b).length > 0',
  ])('left alone: %s', (code) => {
    expect(rewrite(filterSome, `${asked}${code};`)).toBe(`${asked}${code};`);
  });
});

describe('lookup-set', () => {
  test.each([
    [
      'map',
      'export function f(...xs) {\n  const ids = xs.map((x) => x.id);\n  return (ys) => ys.filter((y) => ids.includes(y.id));\n}',
      'export function f(...xs) {\n  const ids = new Set(xs.map((x) => x.id));\n  return (ys) => ys.filter((y) => ids.has(y.id));\n}',
    ],
    [
      'keys, in a loop',
      'function f(o, ys) { const ks = Object.keys(o); for (const y of ys) if (!ks.includes(y)) g(y); }',
      'function f(o, ys) { const ks = new Set(Object.keys(o)); for (const y of ys) if (!ks.has(y)) g(y); }',
    ],
    [
      'a copy of several lists',
      'function f(a, b, ys) { const all = [...a, ...b]; return ys.filter((y) => all.includes(y)); }',
      'function f(a, b, ys) { const all = new Set([...a, ...b]); return ys.filter((y) => all.has(y)); }',
    ],
    [
      'TypeScript',
      'function f(xs: X[], ys: Y[]) { const ids: string[] = xs.map((x) => x.id); return ys.filter((y) => ids.includes(y.id)); }',
      'function f(xs: X[], ys: Y[]) { const ids: Set<string> = new Set(xs.map((x) => x.id)); return ys.filter((y) => ids.has(y.id)); }',
    ],
  ])('%s', (name, before, after) => {
    expect(rewrite(lookupSet, before, name === 'TypeScript' ? 'a.ts' : 'a.mjs')).toBe(after);
  });

  const around = (start: string, use: string) => `function f(xs, ys, o) { const ids = ${start}; ${use} }`;
  const asks = 'return ys.filter((y) => ids.includes(y));';
  test.each([
    ['another name of a list that may change', around('xs', asks)],
    ['a part of something', around('o.ids', asks)],
    ['what a function gives', around('load()', asks)],
    ['a receiver that may be no array', around('xs.map((x) => x.id)', asks)],
    ['a sorted list, which is the same list', around('Object.keys(o).sort()', asks)],
    ['asked once', around('Object.keys(o)', 'return ids.includes(xs);')],
    ['also counted', around('Object.keys(o)', `${asks} g(ids.length);`)],
    ['also changed', around('Object.keys(o)', `ids.push(1); ${asks}`)],
    ['also returned', around('Object.keys(o)', `g(ids); ${asks}`)],
    ['also spread', around('Object.keys(o)', `g(...ids); ${asks}`)],
    ['asked from a start', around('Object.keys(o)', 'return ys.filter((y) => ids.includes(y, 1));')],
    ['let', around('Object.keys(o)', asks).replace('const ids', 'let ids')],
    ['destructured', `function f(o, ys) { const [ids] = Object.keys(o); ${asks} }`],
    ['a handful of literals', around('[1, 2, 3]', asks)],
    ['an iterator', around('[1, ...xs].keys()', asks)],
    ['a string', around('"abc".slice(1)', asks)],
    ['exported', 'export const ids = Object.keys(o);\nys.filter((y) => ids.includes(y));'],
    [
      'exported by a namespace',
      `namespace N { export const ids = Object.keys(o);\nys.filter((y) => ids.includes(y)); }`,
    ],
    ['Set shadowed', `import Set from './set.js';\n${around('Object.keys(o)', asks)}`],
    ['typed by a comment', `function f(o, ys) { /** @type {string[]} */ const ids = Object.keys(o); ${asks} }`],
  ])('left alone: %s', (_, code) => {
    expect(rewrite(lookupSet, code, code.startsWith('namespace') ? 'a.mts' : 'a.mjs')).toBe(code);
  });
});

describe('spread-has and spread-size', () => {
  const set = 'const set = new Set(xs), map = new Map(ys);\n';
  test.each([
    [spreadHas, '[...set].includes(x)', 'set.has(x)'],
    [spreadHas, 'Array.from(set).includes(x.y)', 'set.has(x.y)'],
    [spreadHas, '[...set.values()].includes("a")', 'set.has("a")'],
    [spreadHas, '[...map.keys()].includes(x)', 'map.has(x)'],
    [spreadHas, 'Array.from(map.keys()).includes(x)', 'map.has(x)'],
    [spreadSize, '[...set].length', 'set.size'],
    [spreadSize, 'Array.from(map).length > 1', 'map.size > 1'],
    [spreadSize, '[...map.values()].length', 'map.size'],
  ] as const)('%#: %s %s', (template, before, after) => {
    expect(rewrite(template, `${set}f(${before});`)).toBe(`${set}f(${after});`);
  });

  test('a type is as good as a constant', () => {
    expect(
      rewrite(spreadHas, 'function f(s: ReadonlySet<string>, x: string) { return [...s].includes(x); }', 'a.ts'),
    ).toContain('return s.has(x);');
  });

  test.each([
    [spreadHas, 'the values of a map', `${set}[...map.values()].includes(x)`],
    [spreadHas, 'the entries of a map', `${set}[...map].includes(x)`],
    [spreadHas, 'a start', `${set}[...set].includes(x, 1)`],
    [spreadHas, 'a question that may change the set', `${set}[...set].includes(set.add(x))`],
    [spreadHas, 'more in the list', `${set}[...set, y].includes(x)`],
    [spreadHas, 'a function for each', `${set}Array.from(set, f).includes(x)`],
    [spreadHas, 'what may be no set', '[...s].includes(x)'],
    [spreadHas, 'a variable', 'let s = new Set(); [...s].includes(x)'],
    [spreadHas, 'a set of another make', 'import { Set } from "immutable"; const s = new Set(); [...s].includes(x)'],
    [spreadHas, 'a shadowed set', `${set}function f(set) { return [...set].includes(x); }`],
    [spreadHas, 'Array of another make', `${set}const Array = own; Array.from(set).includes(x)`],
    [spreadHas, 'a comment', `${set}[...set].includes(/* is it */ x)`],
    [spreadSize, 'assigned to', `${set}[...set].length = 0`],
    [spreadSize, 'optional', `${set}f([...set]?.length)`],
    [spreadSize, 'a length of strings', 'const s = new String("a"); f([...s].length)'],
    [spreadSize, 'a comment', `${set}f([...set /* all */].length)`],
    [spreadSize, 'keys of an array', 'const list = [1]; f([...list.keys()].length)'],
  ] as const)('%#: left alone: %s %s', (template, _, code) => {
    expect(rewrite(template, code)).toBe(code);
  });
});
