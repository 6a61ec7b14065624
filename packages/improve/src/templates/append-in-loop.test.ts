import { describe, expect, test } from 'vitest';
import { scanText } from '../scan/scan-text.ts';
import { splice } from '../scan/splice.ts';
import { appendInLoop } from './append-in-loop.ts';

function rewrite(text: string, path = 'a.mjs'): string {
  const found = scanText(text, { path, templates: [appendInLoop], accessors: new Set() })?.opportunities ?? [];
  return splice(
    text,
    found.flatMap((one) => one.edits),
  );
}

describe('pushes', () => {
  test.each([
    ['for-of', 'function f(xs) { let out = []; for (const x of xs) out = [...out, x]; return out; }', 'out.push(x);'],
    [
      'for',
      'function f(n) { let out = []; for (let i = 0; i < n; i++) { out = [...out, i]; } return out; }',
      'out.push(i);',
    ],
    [
      'while',
      'function f(n) { let out = []; while (out.length < n) { out = [...out, out.length]; } return out; }',
      'out.push(out.length);',
    ],
    [
      'several items',
      'function f(xs) { let out = [1]; for (const x of xs) out = [...out, x, x + 1]; return out; }',
      'out.push(x, x + 1);',
    ],
    [
      'a reset to a fresh array',
      'function f(xs) { let out = []; for (const x of xs) { if (!x) out = []; out = [...out, x]; } return out; }',
      'out.push(x);',
    ],
    [
      'searches on the way',
      'function f(xs) { let out = []; for (const x of xs) if (!out.includes(x) && !out.some((y) => y > x)) out = [...out, x]; return out; }',
      'out.push(x);',
    ],
    [
      'an early return',
      'function f(xs) { let out = []; for (const x of xs) { if (!x) return out; out = [...out, x]; } return out; }',
      'out.push(x);',
    ],
    [
      'a copy on the way',
      'function f(xs) { let out = [], all = []; for (const x of xs) { out = [...out, x]; all.push([...out]); } return all; }',
      'out.push(x);',
    ],
    [
      'await between',
      'async function f(xs) { let out = []; for await (const x of xs) { out = [...out, await x]; } return out; }',
      'out.push(await x);',
    ],
    [
      'free use once the loop has ended',
      'function f(xs) { let out = []; for (const x of xs) out = [...out, x]; keep(out); const g = () => out; out = g(); return out; }',
      'out.push(x);',
    ],
    [
      'a list of its own in each turn of an outer loop',
      'function f(xs) { for (const ys of xs) { let out = []; for (const y of ys) out = [...out, y]; keep(out); } }',
      'out.push(y);',
    ],
    ['var', 'function f(xs) { var out = []; for (var i in xs) out = [...out, i]; return out; }', 'out.push(i);'],
    ['the top of a module', 'let out = []; for (const x of xs) out = [...out, x]; console.log(out);', 'out.push(x);'],
    [
      'no semicolons',
      'function f(xs) {\n  let out = []\n  for (const x of xs) {\n    out = [...out, x]\n  }\n  return out\n}',
      'out.push(x)',
    ],
    [
      'an exported function',
      'export function f(xs) { let out = []; for (const x of xs) out = [...out, x]; return out; }',
      'out.push(x);',
    ],
  ])('%s', (_, code, expected) => {
    const after = rewrite(code);
    expect(after).toContain(expected);
    expect(after.replace(expected, '')).toBe(code.replace(/out = \[\.\.\.out, .*?\](?=;|\n)[;]?/, ''));
  });

  test('TypeScript, where the type is mutable', () => {
    const code = (type: string) =>
      `function f(xs: X[]) { let out${type} = []; for (const x of xs) out = [...out, x]; return out; }`;
    for (const type of ['', ': X[]', ': Array<X>', ': (X | undefined)[]'])
      expect(rewrite(code(type), 'a.ts')).toContain('out.push(x)');
    for (const type of [': readonly X[]', ': ReadonlyArray<X>', ': Xs', ': [X]', ': any'])
      expect(rewrite(code(type), 'a.ts')).toBe(code(type));
  });
});

describe('left alone', () => {
  test.each([
    ['no loop', 'function f(x) { let out = []; out = [...out, x]; return out; }'],
    ['const in the loop', 'function f(xs) { for (const x of xs) { let out = []; out = [...out, x]; keep(out); } }'],
    ['a parameter', 'function f(out, xs) { for (const x of xs) out = [...out, x]; return out; }'],
    [
      'a parameter with a fresh default',
      'function f(xs, out = []) { for (const x of xs) out = [...out, x]; return out; }',
    ],
    ['a variable of an outer function', 'let out = []; function f(xs) { for (const x of xs) out = [...out, x]; }'],
    [
      'a variable of an outer function, in a callback',
      'function f(xs) { let out = []; for (const x of xs) x.forEach((y) => { out = [...out, y]; }); return out; }',
    ],
    [
      'an alias',
      'function f(xs) { let out = []; const first = out; for (const x of xs) out = [...out, x]; return [first, out]; }',
    ],
    [
      'an alias in the loop',
      'function f(xs) { let out = [], all = []; for (const x of xs) { out = [...out, x]; all.push(out); } return all; }',
    ],
    [
      'an alias by assignment',
      'function f(xs) { let out = [], last; for (const x of xs) { last = out; out = [...out, x]; } return last; }',
    ],
    [
      'a start that others hold',
      'function f(xs, start) { let out = start; for (const x of xs) out = [...out, x]; return out; }',
    ],
    [
      'another array assigned on the way',
      'function f(xs) { let out = []; for (const x of xs) { if (x.all) out = x.all; out = [...out, x]; } return out; }',
    ],
    [
      'a destructuring assignment on the way',
      'function f(xs) { let out = []; for (const x of xs) { [out] = x; out = [...out, x]; } return out; }',
    ],
    [
      'given to a function',
      'function f(xs) { let out = []; for (const x of xs) { log(out); out = [...out, x]; } return out; }',
    ],
    [
      'given to a function by the item',
      'function f(xs) { let out = []; for (const x of xs) out = [...out, g(out)]; return out; }',
    ],
    ['itself as an item', 'function f(xs) { let out = []; for (const x of xs) out = [...out, out]; return out; }'],
    [
      'captured before',
      'function f(xs) { let out = []; const get = () => out; for (const x of xs) { out = [...out, x]; log(get()); } return out; }',
    ],
    [
      'captured by an item',
      'function f(xs) { let out = []; for (const x of xs) out = [...out, () => out]; return out; }',
    ],
    [
      'captured by a hoisted function',
      'function f(xs) { let out = []; for (const x of xs) { out = [...out, x]; log(get()); } function get() { return out; } }',
    ],
    ['yielded', 'function* f(xs) { let out = []; for (const x of xs) { out = [...out, x]; yield out; } }'],
    [
      'returned by a generator',
      'function* f(xs) { let out = []; for (const x of xs) { if (!x) return out; out = [...out, x]; } }',
    ],
    [
      'returned through finally',
      'function f(xs) { let out = []; try { for (const x of xs) { if (!x) return out; out = [...out, x]; } } finally { for (const y of xs) out = [...out, y]; } }',
    ],
    ['thrown', 'function f(xs) { let out = []; for (const x of xs) { if (!x) throw out; out = [...out, x]; } }'],
    ['run over while it grows', 'function f() { let out = [1]; for (const x of out) out = [...out, x]; return out; }'],
    [
      'run over by its own forEach',
      'function f() { let out = [1]; for (;;) { out.forEach((x) => { out = [...out, x]; }); } }',
    ],
    [
      'changed by index',
      'function f(xs) { let out = []; for (const x of xs) { out[9] = x; out = [...out, x]; } return out; }',
    ],
    [
      'its length set',
      'function f(xs) { let out = []; for (const x of xs) { out.length = 5; out = [...out, x]; } return out; }',
    ],
    [
      'an element deleted',
      'function f(xs) { let out = []; for (const x of xs) { delete out[0]; out = [...out, x]; } return out; }',
    ],
    [
      'sorted into another name',
      'function f(xs) { let out = [], s; for (const x of xs) { s = out.sort(); out = [...out, x]; } return s; }',
    ],
    [
      'an element called as a method',
      'function f(xs) { let out = []; for (const x of xs) { out[0]?.(); out = [...out, x]; } return out; }',
    ],
    ['the value used', 'function f(xs) { let out = []; for (const x of xs) log(out = [...out, x]); return out; }'],
    [
      'in the head of the loop',
      'function f() { let out = []; for (; out = [...out, 1]; ) if (out.length > 3) break; return out; }',
    ],
    [
      'in the step of the loop',
      'function f() { let out = []; for (; out.length < 3; out = [...out, 1]) ; return out; }',
    ],
    ['declared in the head of the loop', 'function f() { for (let out = []; out.length < 3; ) out = [...out, 1]; }'],
    ['the item first', 'function f(xs) { let out = []; for (const x of xs) out = [x, ...out]; return out; }'],
    [
      'another list',
      'function f(xs) { let out = [], other = []; for (const x of xs) out = [...other, x]; return out; }',
    ],
    [
      'a shadowing name',
      'function f(xs) { let out = []; { let out = xs; for (const x of xs) out = [...out, x]; } return out; }',
    ],
    ['holes', 'function f(xs) { let out = []; for (const x of xs) out = [...out, , x]; return out; }'],
    ['a start with holes', 'function f(xs) { let out = [,]; for (const x of xs) out = [...out, x]; return out; }'],
    ['nothing added', 'function f(xs) { let out = []; for (const x of xs) out = [...out]; return out; }'],
    ['exported', 'export let out = []; for (const x of xs) out = [...out, x];'],
    ['exported by a namespace', 'namespace N { export let out = []; for (const x of xs) out = [...out, x]; }'],
    ['exported by a list', 'let out = []; for (const x of xs) out = [...out, x]; export { out };'],
    [
      'declared twice',
      'function f(xs) { var out = []; for (const x of xs) out = [...out, x]; var out = xs; return out; }',
    ],
    [
      'a comment that would be lost',
      'function f(xs) { let out = []; for (const x of xs) out = [...out, /* why */ x]; return out; }',
    ],
    [
      'an item that assigns the array',
      'function f(xs) { let out = []; for (const x of xs) out = [...out, (out = [])]; return out; }',
    ],
    [
      'in JSX',
      'function F({ xs }) { let out = []; let ui; for (const x of xs) { ui = <List items={out} />; out = [...out, x]; } return ui; }',
    ],
    ['with', 'function f(xs) { let out = []; with (xs) { for (const x of xs) out = [...out, x]; } return out; }'],
    [
      'eval',
      'function f(xs) { let out = []; for (const x of xs) { out = [...out, x]; eval("keep(out)"); } return out; }',
    ],
  ])('%s', (_, code) => {
    const path = code.startsWith('namespace')
      ? 'a.mts'
      : code.includes('with (')
        ? 'a.cjs'
        : code.includes('<List')
          ? 'a.jsx'
          : 'a.mjs';
    expect(rewrite(code, path)).toBe(code);
  });

  test('a script, whose variables other scripts see', () => {
    const code = 'let out = []; for (const x of xs) out = [...out, x];';
    expect(rewrite(code, 'a.js')).toBe(code);
  });
});
