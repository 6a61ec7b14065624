import { describe, expect, test } from 'vitest';
import { scanText } from '../scan/scan-text.ts';
import { ownAccessors } from '../scan/source-file.ts';
import { splice } from '../scan/splice.ts';
import { filterFirst } from './filter-first.ts';

function rewrite(text: string, path = 'a.mjs'): string {
  const options = { path, templates: [filterFirst], accessors: new Set(ownAccessors(text)) };
  const found = scanText(text, options)?.opportunities ?? [];
  return splice(
    text,
    found.flatMap((one) => one.edits),
  );
}

describe('finds', () => {
  test.each([
    ['a literal', '[1, 2, 3].filter((x) => x > 1)[0]', '[1, 2, 3].find((x) => x > 1)'],
    [
      'a constant',
      'const xs = [1, 2];\nf(xs.filter((x) => x > 1)[0]);',
      'const xs = [1, 2];\nf(xs.find((x) => x > 1));',
    ],
    ['what returns an array', 'Object.keys(o).filter((k) => k === "a")[0]', 'Object.keys(o).find((k) => k === "a")'],
    [
      'a chain',
      'Object.entries(o).map(f).filter((e) => e.id === n)[0].name',
      'Object.entries(o).map(f).find((e) => e.id === n).name',
    ],
    [
      'rest parameters',
      'function f(...xs) { return xs.filter((x) => x)[0]; }',
      'function f(...xs) { return xs.find((x) => x); }',
    ],
    [
      'JSDoc',
      '/**\n * @param {User[]} users\n */\nfunction f(users, id) { return users.filter((u) => u.id === id)[0]; }',
      '/**\n * @param {User[]} users\n */\nfunction f(users, id) { return users.find((u) => u.id === id); }',
    ],
    ['at', '[1, 2].filter((x) => x > 1).at(0)', '[1, 2].find((x) => x > 1)'],
    ['shift', '[1, 2].filter((x) => x > 1).shift()', '[1, 2].find((x) => x > 1)'],
    ['a function', '[1].filter(function (x) { return x > 1; })[0]', '[1].find(function (x) { return x > 1; })'],
    ['Boolean', '[0, 1].filter(Boolean)[0]', '[0, 1].find(Boolean)'],
    ['a block', '[1].filter((x) => { return x > 1; })[0]', '[1].find((x) => { return x > 1; })'],
    [
      'words in a comment',
      '// to get ok ones\n[{}].filter((x) => x.ok)[0]',
      '// to get ok ones\n[{}].find((x) => x.ok)',
    ],
    ['several lines', '[1]\n  .filter((x) => x > 1)\n  [0]', '[1]\n  .find((x) => x > 1)'],
  ])('%s', (_, before, after) => {
    expect(rewrite(before)).toBe(after);
  });

  test('TypeScript, where undefined may stand', () => {
    const code = (use: string) => `function f(xs: readonly X[]) { ${use} }`;
    for (const use of [
      'return xs.filter((x) => x.a.b === 1)[0]!;',
      'return xs.filter((x) => x.a)[0]?.b;',
      'return xs.filter((x) => x.a)[0] ?? y;',
      'if (xs.filter((x) => x.a)[0]) g();',
      'const one: X | undefined = xs.filter((x) => x.a)[0];',
      'return xs.filter((x) => x.a).at(0);',
      'return !xs.filter((x) => x.a)[0];',
    ]) {
      expect(rewrite(code(use), 'a.ts')).toContain('.find(');
    }
    for (const use of [
      'return xs.filter((x) => x.a)[0];',
      'return xs.filter((x) => x.a)[0].b;',
      'const one: X = xs.filter((x) => x.a)[0];',
      'g(xs.filter((x) => x.a)[0]);',
    ]) {
      expect(rewrite(code(use), 'a.ts')).toBe(code(use));
    }
  });

  test('a field of a class that is typed as an array', () => {
    const code = 'class A { items: Item[] = []; first() { return this.items.filter((i) => i.ok).at(0); } }';
    expect(rewrite(code, 'a.ts')).toContain('this.items.find((i) => i.ok)');
  });
});

describe('left alone', () => {
  test.each([
    ['a receiver nothing is known of', 'function f(xs) { return xs.filter((x) => x)[0]; }'],
    ['jQuery', '$("a").filter((e) => e.id)[0]'],
    ['a receiver that may be sparse', 'const xs = [1]; xs[9] = 1; xs.filter((x) => !x)[0]'],
    ['a receiver with holes', '[1, , 2].filter((x) => !x)[0]'],
    ['a receiver that is reassigned', 'let xs = [1]; xs = $(".a"); xs.filter((x) => x)[0]'],
    ['an array made by its length', 'new Array(5).filter((x) => !x)[0]'],
    ['JSDoc of another function', '/** @param {X[]} xs */\nconst f = (xs) => (xs) => xs.filter((x) => x)[0];'],
    ['JSDoc of another type', '/** @param {JQuery} xs */\nfunction f(xs) { return xs.filter((x) => x)[0]; }'],
    ['a shadowed maker', 'const Object = own; Object.keys(o).filter((k) => k)[0]'],
    ['another index', '[1].filter((x) => x)[1]'],
    ['a computed index', '[1].filter((x) => x)[i]'],
    ['optional', '[1].filter((x) => x)?.[0]'],
    ['a predicate of the index', '[1].filter((x, i) => i > 0)[0]'],
    ['a predicate of the array', '[1].filter((x, i, all) => all.length > 1)[0]'],
    ['this given', '[1].filter((x) => x, self)[0]'],
    ['a predicate from elsewhere', '[1].filter(isGood)[0]'],
    ['Boolean shadowed', 'const Boolean = own; [1].filter(Boolean)[0]'],
    ['async', '[1].filter(async (x) => x)[0]'],
    ['a function of its own arguments', '[1].filter(function (x) { return arguments[1] > 1; })[0]'],
    ['a generator', '[1].filter(function* (x) { return x; })[0]'],
    ['a function of its own this', '[1].filter(function (x) { return this.a; })[0]'],
    ['a call', '[1].filter((x) => check(x))[0]'],
    ['an assignment', '[1].filter((x) => (last = x))[0]'],
    ['a count', '[1].filter((x) => n++ > x)[0]'],
    ['a push', '[1].filter((x) => seen.push(x))[0]'],
    ['delete', '[1].filter((x) => delete x.a)[0]'],
    ['await', 'async () => [1].filter((x) => x)[0] = await 1'],
    ['several statements', '[1].filter((x) => { log(x); return x; })[0]'],
    ['a destructured parameter', '[{}].filter(({ a }) => a)[0]'],
    ['a getter of the file', 'class A { get ok() { this.n++; return true; } }\n[a].filter((x) => x.ok)[0]'],
    ['a getter in quotes', 'const a = { get "ok"() { return n++; } };\n[a].filter((x) => x.ok)[0]'],
    ['a static getter', 'class A { static get ok () { return n++; } }\n[A].filter((x) => x.ok)[0]'],
    ['a defined getter', 'Object.defineProperty(A, "ok", { get: count });\n[a].filter((x) => x.ok)[0]'],
    ['a method of the own kind', 'class A { has(x) { this.n++; } }\n[1].filter((x) => cache.has(x))[0]'],
    ['a property of a property, which may be missing later', '[{}].filter((x) => x.a.b)[0]'],
    ['a method of a property, which may be missing later', '[{}].filter((x) => x.a.trim())[0]'],
    ['a pattern with a state', '[1].filter((x) => /a/g.test(x))[0]'],
    ['assigned to', '[1].filter((x) => x)[0] = 1'],
    ['counted up', '[1].filter((x) => x)[0]++'],
    ['deleted', 'delete [1].filter((x) => x)[0]'],
    ['called', '[f].filter((x) => x)[0]()'],
    ['a tag', '[f].filter((x) => x)[0]`a`'],
    ['destructured into', '[[1].filter((x) => x)[0]] = y'],
    ['called in parentheses', '([f].filter((x) => x)[0])()'],
    ['a comment that would be lost', '[1].filter((x) => x) /* the first */ [0]'],
    ['a template in the predicate with a call', '[1].filter((x) => `${f(x)}`)[0]'],
    ['in', '["a"].filter((x) => "k" in x)[0]'],
  ])('%s', (_, code) => {
    expect(rewrite(code)).toBe(code);
  });

  test.each([
    ['another type', 'function f(xs: Query<X>) { return xs.filter((x) => x.a).at(0); }'],
    [
      'an own type called Array',
      "import { Array } from './own';\nfunction f(xs: Array<X>) { return xs.filter((x) => x.a).at(0); }",
    ],
    ['an assertion in the predicate', 'function f(xs: X[]) { return xs.filter((x) => x.a!.b).at(0); }'],
    ['type arguments', 'function f(xs: X[]) { return xs.filter<Y>((x): x is Y => x.a).at(0); }'],
  ])('TypeScript: %s', (_, code) => {
    expect(rewrite(code, 'a.ts')).toBe(code);
  });
});
