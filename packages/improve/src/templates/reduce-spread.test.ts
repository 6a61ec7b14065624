import { describe, expect, test } from 'vitest';
import { scanText } from '../scan/scan-text.ts';
import { splice } from '../scan/splice.ts';
import { reduceSpread } from './reduce-spread.ts';

function scan(text: string, path = 'a.js') {
  const found = scanText(text, { path, templates: [reduceSpread], accessors: new Set() });
  const rewritten = (found?.opportunities ?? []).reduce((_, one) => splice(text, one.edits), text);
  return { ...found, rewritten, reasons: found?.leftAlone.map((one) => one.reason) ?? [] };
}

function rewrite(text: string, path?: string): string {
  return scan(text, path).rewritten;
}

describe('an object grows in place', () => {
  test.each([
    [
      'a key with a prefix is assigned',
      'const f = (xs) => xs.reduce((acc, x) => ({ ...acc, [`id-${x.id}`]: x.name }), {});',
      'const f = (xs) => xs.reduce((acc, x) => {\n  acc[`id-${x.id}`] = x.name;\n  return acc;\n}, {});',
    ],
    [
      'a key that may be __proto__ is defined',
      'const f = (xs) => xs.reduce((acc, x) => ({ ...acc, [x.id]: x }), {});',
      'const f = (xs) => xs.reduce((acc, x) => Object.defineProperty(acc, x.id, { value: x, writable: true, enumerable: true, configurable: true }), {});',
    ],
    [
      'a return in a block',
      'function f(xs) {\n\treturn xs.reduce(function (acc, x) {\n\t\tconst n = x * 2;\n\t\tif (n > 3) return acc;\n\t\treturn { ...acc, [n + 1 - 1]: (acc[n] ?? 0) + 1 };\n\t}, {});\n}',
      'function f(xs) {\n\treturn xs.reduce(function (acc, x) {\n\t\tconst n = x * 2;\n\t\tif (n > 3) return acc;\n\t\tacc[n + 1 - 1] = (acc[n] ?? 0) + 1;\n\t\treturn acc;\n\t}, {});\n}',
    ],
    [
      'a return that is a branch of its own gets braces',
      'f = xs.reduce((acc, x) => {\n  if (x) return { ...acc, total: acc.total + x };\n  return acc;\n}, { total: 0 });',
      'f = xs.reduce((acc, x) => {\n  if (x) {\n    acc.total = acc.total + x;\n    return acc;\n  }\n  return acc;\n}, { total: 0 });',
    ],
    [
      'an element of literals',
      "f = ['a', 'b'].reduce((acc, x) => ({ ...acc, [x]: 1 }), {});",
      "f = ['a', 'b'].reduce((acc, x) => {\n  acc[x] = 1;\n  return acc;\n}, {});",
    ],
    [
      'an index',
      'f = [...xs].reduce((acc, x, i) => ({ ...acc, [i]: x }), {});',
      'f = [...xs].reduce((acc, x, i) => {\n  acc[i] = x;\n  return acc;\n}, {});',
    ],
    [
      'several static keys',
      'f = xs.reduce((acc, x) => ({ ...acc, a: 1, "b-c": x }), {});',
      'f = xs.reduce((acc, x) => {\n  acc.a = 1;\n  acc["b-c"] = x;\n  return acc;\n}, {});',
    ],
  ])('%s', (_, before, after) => {
    expect(rewrite(before)).toBe(after);
  });

  test('TypeScript assigns where the type is a dictionary and defines where it is not known', () => {
    expect(
      rewrite('f = (xs: X[]) => xs.reduce<Record<string, X>>((acc, x) => ({ ...acc, [`a${x.id}`]: x }), {});', 'a.ts'),
    ).toContain('acc[`a${x.id}`] = x;');
    expect(
      rewrite('f = (xs: X[]) => xs.reduce((acc: { [k: string]: X }, x) => ({ ...acc, [`a${x.id}`]: x }), {});', 'a.ts'),
    ).toContain('acc[`a${x.id}`] = x;');
    expect(
      rewrite('f = (xs: X[]) => xs.reduce<Index>((acc, x) => ({ ...acc, [`a${x.id}`]: x }), {});', 'a.ts'),
    ).toContain('Object.defineProperty(acc, `a${x.id}`');
    expect(
      rewrite(
        'f = (xs: X[]) => xs.reduce((acc, x) => ({ ...acc, [`a${x}`]: x }), {} as Readonly<Record<string, X>>);',
        'a.ts',
      ),
    ).toContain('Object.defineProperty(');
  });
});

describe('an array grows in place', () => {
  test.each([
    [
      'one item',
      'f = (xs) => xs.reduce((acc, x) => [...acc, x * 2], []);',
      'f = (xs) => xs.reduce((acc, x) => {\n  acc.push(x * 2);\n  return acc;\n}, []);',
    ],
    [
      'the callback reads from the array on the way',
      'f = (xs) => xs.reduce((acc, x) => {\n  if (acc.includes(x) || acc.some((y) => y > x)) return acc;\n  return [...acc, x, acc.length];\n}, [0]);',
      'f = (xs) => xs.reduce((acc, x) => {\n  if (acc.includes(x) || acc.some((y) => y > x)) return acc;\n  acc.push(x, acc.length);\n  return acc;\n}, [0]);',
    ],
    [
      'all of a list',
      'f = (items) => items.reduce((acc, x) => [...acc, ...x.parts], []);',
      'f = (items) => items.reduce((acc, x) => {\n  for (const item of x.parts) acc.push(item);\n  return acc;\n}, []);',
    ],
    [
      'all of a list, where a name is taken',
      'f = (xs, item) => xs.reduce((acc, x) => [...acc, ...x.get(item)], []);',
      'f = (xs, item) => xs.reduce((acc, x) => {\n  for (const entry of x.get(item)) acc.push(entry);\n  return acc;\n}, []);',
    ],
    [
      'line breaks of Windows stay',
      'f = (xs) =>\r\n  xs.reduce((acc, x) => [...acc, x], []);\r\n',
      'f = (xs) =>\r\n  xs.reduce((acc, x) => {\r\n    acc.push(x);\r\n    return acc;\r\n  }, []);\r\n',
    ],
  ])('%s', (_, before, after) => {
    expect(rewrite(before)).toBe(after);
  });

  test('TypeScript needs a mutable type in writing', () => {
    const code = (type: string) => `f = (xs: number[]) => xs.reduce((acc: ${type}, x) => [...acc, x], []);`;
    expect(rewrite(code('number[]'), 'a.ts')).toContain('acc.push(x);');
    for (const type of ['readonly number[]', 'ReadonlyArray<number>', 'Numbers', 'readonly [number]']) {
      expect(rewrite(code(type), 'a.ts')).toBe(code(type));
    }
  });
});

describe('left alone', () => {
  test.each([
    ['no seed', 'xs.reduce((acc, x) => ({ ...acc, [x]: 1 }))'],
    ['a seed that others hold', 'xs.reduce((acc, x) => ({ ...acc, a: 1 }), initial)'],
    ['an object whose seed is an array', 'xs.reduce((acc, x) => ({ ...acc, a: 1 }), [])'],
    ['the accumulator as a value', 'xs.reduce((acc, x) => ({ ...acc, a: acc }), {})'],
    ['the accumulator given to a function', 'xs.reduce((acc, x) => ({ ...acc, a: f(acc) }), {})'],
    ['the accumulator captured', 'xs.reduce((acc, x) => ({ ...acc, a: () => acc.b }), {})'],
    ['the accumulator captured by a visitor', 'xs.reduce((acc, x) => [...acc, x.map((y) => acc[y])], [])'],
    [
      'the accumulator kept in a variable',
      'xs.reduce((acc, x) => { const old = acc; return { ...acc, a: old }; }, {})',
    ],
    ['the accumulator pushed elsewhere', 'xs.reduce((acc, x) => { history.push(acc); return { ...acc, a: x }; }, {})'],
    ['a method called on the accumulator', 'xs.reduce((acc, x) => ({ ...acc, a: acc.run(x) }), {})'],
    ['the third argument of a visitor', 'xs.reduce((acc, x) => [...acc, acc.map((a, b, c) => c)], [])'],
    ['the accumulator reassigned', 'xs.reduce((acc, x) => { acc = {}; return { ...acc, a: x }; }, {})'],
    ['a parameter with a default', 'xs.reduce((acc = {}, x) => ({ ...acc, a: x }), {})'],
    ['the copy at the end', 'xs.reduce((acc, x) => ({ a: x, ...acc }), {})'],
    ['another spread', 'xs.reduce((acc, x) => ({ ...acc, ...x }), {})'],
    ['a getter', 'xs.reduce((acc, x) => ({ ...acc, get a() { return x; } }), {})'],
    ['a method', 'xs.reduce((acc, x) => ({ ...acc, a() { return x; } }), {})'],
    ['a function named by its property', 'xs.reduce((acc, x) => ({ ...acc, [`a${x}`]: () => x }), {})'],
    ['__proto__ written out', 'xs.reduce((acc, x) => ({ ...acc, __proto__: x }), {})'],
    ['__proto__ as a string', 'xs.reduce((acc, x) => ({ ...acc, "__proto__": x }), {})'],
    ['__proto__ as a shorthand', 'xs.reduce((acc, __proto__) => ({ ...acc, __proto__ }), {})'],
    ['__proto__ in disguise', 'xs.reduce((acc, x) => ({ ...acc, "\\x5f_proto__": x }), {})'],
    ['a seed with a prototype', 'xs.reduce((acc, x) => ({ ...acc, a: x }), { __proto__: null })'],
    ['a seed with an accessor', 'xs.reduce((acc, x) => ({ ...acc, a: x }), { set a(v) { log(v); } })'],
    ['several keys of which one may be __proto__', 'xs.reduce((acc, x) => ({ ...acc, [x.a]: 1, [x.b]: 2 }), {})'],
    ['one value read after another write', 'xs.reduce((acc, x) => ({ ...acc, a: 1, b: acc.a }), {})'],
    ['async', 'xs.reduce(async (acc, x) => ({ ...acc, a: await x }), {})'],
    ['a generator', 'xs.reduce(function* (acc, x) { return { ...acc, a: yield x }; }, {})'],
    ['a path without return', 'xs.reduce((acc, x) => { if (x) return { ...acc, a: x }; }, {})'],
    ['another return', 'xs.reduce((acc, x) => { if (x) return {}; return { ...acc, a: x }; }, {})'],
    [
      'try and finally',
      'xs.reduce((acc, x) => { try { return { ...acc, a: x }; } finally { log(acc); } return acc; }, {})',
    ],
    ['arguments', 'xs.reduce(function (acc, x) { keep(arguments); return { ...acc, a: x }; }, {})'],
    ['a comment that would be lost', 'xs.reduce((acc, x) => ({ ...acc, /* why */ a: x }), {})'],
    ['holes', 'xs.reduce((acc, x) => [...acc, , x], [])'],
    ['the item first', 'xs.reduce((acc, x) => [x, ...acc], [])'],
    ['items and lists mixed', 'xs.reduce((acc, x) => [...acc, 1, ...x], [])'],
    ['the accumulator added to itself', 'xs.reduce((acc, x) => [...acc, ...acc], [])'],
    [
      'a receiver of the own kind',
      'class Log { reduce(f, s) { this.all.push(s); } }\nlog.reduce((acc, x) => ({ ...acc, a: x }), {})',
    ],
    ['a stream', 'clicks$.reduce((acc, x) => ({ ...acc, a: x }), {})'],
    ['a stream by its import', 'import { of } from "rxjs";\nsource.reduce((acc, x) => ({ ...acc, a: x }), {})'],
    ['a chain', '_.chain(xs).map(f).reduce((acc, x) => ({ ...acc, a: x }), {})'],
    ['a receiver that is new', 'new Store().reduce((acc, x) => ({ ...acc, a: x }), {})'],
    [
      'a receiver from another module',
      'import { store } from "./store.js";\nstore.reduce((acc, x) => ({ ...acc, a: x }), {})',
    ],
    ['optional chaining', 'xs?.reduce((acc, x) => ({ ...acc, a: x }), {})'],
    ['Object shadowed', 'const Object = 1; xs.reduce((acc, x) => ({ ...acc, [x]: x }), {})'],
    ['eval in the file', 'xs.reduce((acc, x) => ({ ...acc, a: x }), {}); eval(code)'],
    ['a syntax error', 'xs.reduce((acc, x) => ({ ...acc, a: x }), {}); let ='],
    ['a frozen copy', 'xs.reduce((acc, x) => Object.freeze({ ...acc, a: x }), {})'],
    ['a call of prototype through the accumulator', 'xs.reduce((acc, x) => ({ ...acc, a: acc.__proto__ }), {})'],
    [
      'another accumulator of the same name',
      'xs.reduce((acc, x) => ({ ...acc, a: ys.reduce((acc, y) => [y, ...acc], []) }), null)',
    ],
  ])('%s', (_, code) => {
    expect(rewrite(code)).toBe(code);
  });

  test.each([
    ['a type that is not an array', 'f = (xs: Observable<X>) => xs.reduce((acc, x) => ({ ...acc, [x.id]: x }), {});'],
    [
      'a function that takes its types from its place',
      'f = (xs: X[]) => xs.reduce((acc: T, x) => ({ ...acc, [x.id]: { on: (e) => e } }), {});',
    ],
    ['a static key of an unknown type', 'f = (xs: X[]) => xs.reduce((acc: T, x) => ({ ...acc, total: 1 }), {});'],
    ['an untyped array', 'f = (xs: X[]) => xs.reduce((acc, x) => [...acc, x], []);'],
    [
      'an annotation that the result would take on',
      'f = (xs: X[]) => xs.reduce((acc: Readonly<Record<string, X>>, x) => ({ ...acc, [x.id]: x }), {});',
    ],
    ['a seed that is constant', 'f = (xs: X[]) => xs.reduce((acc, x) => [...acc, x], [] as const);'],
  ])('TypeScript: %s', (_, code) => {
    expect(rewrite(code, 'a.ts')).toBe(code);
  });

  test('says why', () => {
    expect(scan('xs.reduce((acc, x) => ({ ...acc, a: x }), initial)').reasons).toEqual([
      'The seed is not a fresh literal, so someone else may hold it.',
    ]);
  });
});
