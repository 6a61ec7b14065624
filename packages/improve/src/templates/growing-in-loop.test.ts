import { describe, expect, test } from 'vitest';
import { scanText } from '../scan/scan-text.ts';
import { splice } from '../scan/splice.ts';
import type { Template } from '../scan/template.ts';
import { appendAllInLoop, concatInLoop } from './append-in-loop.ts';
import { objectInLoop } from './object-in-loop.ts';
import { reduceConcat } from './reduce-spread.ts';

function rewrite(template: Template, text: string, path = 'a.mjs'): string {
  const found = scanText(text, { path, templates: [template], accessors: new Set() })?.opportunities ?? [];
  return splice(
    text,
    found.flatMap((one) => one.edits),
  );
}

const inLoop = (start: string, body: string, end = 'return out;') =>
  `function f(xs) { let out = ${start}; for (const x of xs) { ${body} } ${end} }`;

describe('object-in-loop', () => {
  test.each([
    [
      'a key that may be __proto__ is defined',
      '{}',
      'out = { ...out, [x.id]: x };',
      'Object.defineProperty(out, x.id, { value: x, writable: true, enumerable: true, configurable: true });',
    ],
    ['any other is assigned', '{}', 'out = { ...out, [`k-${x}`]: x };', 'out[`k-${x}`] = x;'],
    ['counting', '{ n: 0 }', 'out = { ...out, n: out.n + 1 };', 'out.n = out.n + 1;'],
    ['several', '{}', 'out = { ...out, a: x, b: 2 };', 'out.a = x; out.b = 2;'],
    [
      'reads, resets and copies on the way',
      '{}',
      'if (x in out) out = {}; log({ ...out }); out = { ...out, [+x]: out[x] };',
      'if (x in out) out = {}; log({ ...out }); out[+x] = out[x];',
    ],
  ])('%s', (_, start, body, after) => {
    expect(rewrite(objectInLoop, inLoop(start, body)).replaceAll(/\s+/g, ' ')).toBe(inLoop(start, after));
  });

  test.each([
    ['someone else holds it', inLoop('start', 'out = { ...out, a: x };')],
    ['given away', inLoop('{}', 'log(out); out = { ...out, a: x };')],
    ['kept', inLoop('{}', 'all.push(out); out = { ...out, a: x };')],
    ['captured', inLoop('{}', 'all.push(() => out); out = { ...out, a: x };')],
    ['a property set beside', inLoop('{}', 'out[x.k] = 1; out = { ...out, a: x };')],
    ['a method called', inLoop('{}', 'out.run(); out = { ...out, a: x };')],
    ['its keys listed by a function', inLoop('{}', 'if (Object.keys(out).length > 3) break; out = { ...out, a: x };')],
    ['__proto__', inLoop('{}', 'out = { ...out, __proto__: x };')],
    ['a start with a prototype', inLoop('{ __proto__: null }', 'out = { ...out, a: x };')],
    ['a start with an accessor', inLoop('{ get a() { return 1; } }', 'out = { ...out, a: x };')],
    ['another spread', inLoop('{}', 'out = { ...out, ...x };')],
    ['the spread last', inLoop('{}', 'out = { a: x, ...out };')],
    ['a function as a value', inLoop('{}', 'out = { ...out, a: () => x };')],
    [
      'several where one statement stands',
      'function f(xs) { let out = {}; for (const x of xs) out = { ...out, a: x, b: 1 }; return out; }',
    ],
    ['no loop', 'function f(x) { let out = {}; out = { ...out, a: x }; return out; }'],
    ['a parameter', 'function f(xs, out) { for (const x of xs) out = { ...out, a: x }; return out; }'],
    ['the value used', 'function f(xs) { let out = {}; for (const x of xs) log(out = { ...out, a: x }); }'],
  ])('left alone: %s', (_, code) => {
    expect(rewrite(objectInLoop, code)).toBe(code);
  });

  test('TypeScript assigns to a dictionary and defines where the type may forbid assignment', () => {
    const code = (type: string) =>
      `function f(xs: X[]) { let out: ${type} = {}; for (const x of xs) { out = { ...out, [\`k\${x.id}\`]: x }; } return out; }`;
    expect(rewrite(objectInLoop, code('Record<string, X>'), 'a.ts')).toContain('out[`k${x.id}`] = x;');
    for (const type of ['Readonly<Record<string, X>>', 'Index', '{ readonly [k: string]: X }', 'Record<Key, X>']) {
      expect(rewrite(objectInLoop, code(type), 'a.ts')).toContain('Object.defineProperty(out, `k${x.id}`');
    }
  });
});

describe('append-all-in-loop', () => {
  test.each([
    [
      'one by one',
      inLoop('[]', 'out = [...out, ...x.items];'),
      inLoop('[]', 'for (const item of x.items) out.push(item);')
        .replace('item of x.items', 'entry of x.items')
        .replace('push(item)', 'push(entry)')
        .replaceAll('entry', 'item'),
    ],
    [
      'a name that is free',
      inLoop('[]', 'const item = x; out = [...out, ...item];'),
      inLoop('[]', 'const item = x; for (const entry of item) out.push(entry);'),
    ],
    [
      'without braces',
      'function f(xs) { let out = []; for (const x of xs) if (x) out = [...out, ...x]\n return out }',
      'function f(xs) { let out = []; for (const x of xs) if (x) for (const item of x) out.push(item);\n return out }',
    ],
    [
      'an array, even where an error would be caught',
      inLoop('[]', 'try { out = [...out, ...Object.keys(x)]; } catch {}'),
      inLoop('[]', 'try { for (const item of Object.keys(x)) out.push(item); } catch {}'),
    ],
  ])('%s', (_, before, after) => {
    expect(rewrite(appendAllInLoop, before)).toBe(after);
  });

  test.each([
    ['itself', inLoop('[]', 'out = [...out, ...out];')],
    ['a part of itself', inLoop('[]', 'out = [...out, ...out.slice(1)];')],
    ['what may throw half-way, where it is caught', inLoop('[]', 'try { out = [...out, ...x]; } catch {}')],
    ['items and lists', inLoop('[]', 'out = [...out, 1, ...x];')],
    ['kept by another', inLoop('[]', 'last = out; out = [...out, ...x];')],
    ['a comment that would be lost', inLoop('[]', 'out = [...out, /* all */ ...x];')],
  ])('left alone: %s', (_, code) => {
    expect(rewrite(appendAllInLoop, code)).toBe(code);
  });
});

describe('concat', () => {
  test('of a literal in a loop becomes push', () => {
    expect(rewrite(concatInLoop, inLoop('[]', 'out = out.concat([x, out.length]);'))).toBe(
      inLoop('[]', 'out.push(x, out.length);'),
    );
  });

  test('of a literal in reduce becomes push', () => {
    expect(rewrite(reduceConcat, 'xs.reduce((all, x) => all.concat([x.a]), [])')).toBe(
      'xs.reduce((all, x) => {\n  all.push(x.a);\n  return all;\n}, [])',
    );
  });

  test.each([
    ['a value that may be an array or not', concatInLoop, inLoop('[]', 'out = out.concat(x);')],
    ['two lists', concatInLoop, inLoop('[]', 'out = out.concat([x], [x]);')],
    ['another list', concatInLoop, inLoop('[]', 'out = xs.concat([x]);')],
    ['a string', concatInLoop, inLoop('""', 'out = out.concat([x]);')],
    ['kept by another', concatInLoop, inLoop('[]', 'last = out; out = out.concat([x]);')],
    ['a list in the list', concatInLoop, inLoop('[]', 'out = out.concat([...x]);')],
    ['a value that may be an array or not, in reduce', reduceConcat, 'xs.reduce((all, x) => all.concat(x), [])'],
    ['a seed that others hold', reduceConcat, 'xs.reduce((all, x) => all.concat([x]), start)'],
    ['an accumulator that is kept', reduceConcat, 'xs.reduce((all, x) => { keep(all); return all.concat([x]); }, [])'],
  ])('left alone: %s', (_, template, code) => {
    expect(rewrite(template, code)).toBe(code);
  });
});
