import { runInThisContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanText } from '../scan/scan-text.ts';
import { ownAccessors } from '../scan/source-file.ts';
import { splice } from '../scan/splice.ts';
import { allTemplates } from './all-templates.ts';

/** Applies everything that is found, one after the other, as a run does. */
function rewriteAll(text: string): string {
  let now = text;
  for (let times = 0; times < 20; times += 1) {
    const options = { path: 'a.mjs', templates: allTemplates, accessors: new Set(ownAccessors(now)) };
    const [first] = scanText(now, options)?.opportunities ?? [];
    if (!first) return now;
    now = splice(now, first.edits);
  }
  return now;
}

/** Runs a program and prints what it gives, with identity, order of keys, prototypes and holes. */
function outcome(code: string): string {
  let value: unknown;
  try {
    value = runInThisContext(`'use strict';\n{\n${code}\n}`, { timeout: 2_000 });
  } catch (error) {
    value = ['thrown', error instanceof Error ? error.name : error];
  }
  return print(value, new Map());
}

function print(value: unknown, seen: Map<object, number>): string {
  if (typeof value === 'function') {
    try {
      return `function ${value.name} gives ${print((value as () => unknown)(), seen)}`;
    } catch {
      return `function ${value.name} throws`;
    }
  }
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  const known = seen.get(value);
  if (known !== undefined) return `#${known}`;
  seen.set(value, seen.size);
  const prototype: unknown = Object.getPrototypeOf(value);
  const kind =
    prototype === Object.prototype ? '' : prototype === Array.prototype ? 'array' : `of ${print(prototype, seen)}`;
  if (value instanceof Set || value instanceof Map) return `${value.constructor.name}(${print([...value], seen)})`;
  const own = Reflect.ownKeys(value).map((key) => {
    const { value: held, enumerable, writable, configurable } = Object.getOwnPropertyDescriptor(value, key) ?? {};
    const flags = [enumerable, writable, configurable].map(Number).join('');
    return `${String(key)}/${flags}: ${print(held, seen)}`;
  });
  return `#${seen.get(value)}${kind}{${own.join(', ')}}`;
}

const picks = (pool: readonly string[], min: number, max: number) =>
  fc.array(fc.constantFrom(...pool), { minLength: min, maxLength: max });

/** Programs of each shape; FUZZ asks for more. */
const runs = Number(process.env['FUZZ'] ?? 120);

/** Checks that every program of a shape gives the same before and after, and that some were rewritten. */
function check(programs: fc.Arbitrary<string>) {
  let rewritten = 0;
  fc.assert(
    fc.property(programs, (code) => {
      const after = rewriteAll(code);
      if (after === code) return;
      rewritten += 1;
      expect(outcome(after), `${code}\n--- became ---\n${after}`).toBe(outcome(code));
    }),
    { numRuns: runs },
  );
  expect(rewritten).toBeGreaterThan(0);
}

const appends = [
  'out = [...out, x];',
  'out = [...out, x];',
  'out = [...out, x, out.length];',
  'if (x % 2) out = [...out, { x }];',
  'out = out.concat([x]);',
  'out = [...out, ...pair(x)];',
  'if (x > 2) { out = [...out, x] } else out = [...out, -x];',
];

const around = [
  'log.push(out.length);',
  'log.push(out[0], out.at(-1));',
  'log.push([...out]);',
  'log.push(out.slice(1));',
  'if (out.includes(x)) continue;',
  'if (x > 3) break;',
  'if (x > 4) return { out, other, log };',
  'if (x % 3 === 0) out = [];',
  'if (x % 3 === 0) out = [x];',
  'out.push(-1);',
  'out.pop();',
  'other = [...other, x];',
  'log.push(out.filter((y) => y > 1).length);',
  'for (const z of xs) { if (out.length < 9) out = [...out, z]; }',
];

const leaks = [
  'other = out;',
  'log.push(out);',
  'other = [...other, out];',
  'log.push(() => out.length);',
  'log = [...log, () => out];',
  'out = other;',
  '[out] = [other];',
  'out.sort();',
  'log.push(out.sort());',
  'for (const y of out) { if (log.push(y) > 20) break; out = [...out, y]; }',
  'try { if (x === 2) throw out; } catch (e) { log.push(e); }',
  'try { out = [...out, fail(x)]; } catch { log.push(out.length); }',
  'try { out = [...out, ...halting(x)]; } catch { log.push(out.length); }',
  'if (out.length < 50) out = [...out, ...out];',
  'out = out.concat(x);',
  'if (out.length < 50) out = [...out, ...out.slice(1)];',
  'out[x] = 1;',
  'out.length = 1;',
  'delete out[0];',
  'log.push(same(out));',
  'log.push({ out });',
  'log.push(out === other);',
  '{ let out = xs; out = [...out, 1]; log.push(out); }',
  'log.push((() => { let out = []; for (const y of xs) out = [...out, y]; return out; })());',
];

const heads = [
  'for (const x of xs)',
  'for (let i = 0, x = xs[0]; i < xs.length; x = xs[++i])',
  'for (const y of [xs, xs]) for (const x of y)',
];

const prelude =
  'const xs = [1, 2, 3, 4, 5];\nconst same = (x) => x, pair = (x) => [x, -x];\nconst fail = (x) => { if (x % 2) throw new Error("odd"); return x; };\nfunction* halting(x) { yield x; if (x > 1) throw new Error(); }\n';

describe('the same before and after', () => {
  test('arrays that grow in a loop', () => {
    const body = fc.tuple(
      picks([...appends, ...around], 1, 4),
      picks(appends, 1, 2),
      fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: picks(leaks, 1, 2) }),
    );
    const shuffled = body.chain(([one, two, three]) =>
      fc.shuffledSubarray([...one, ...two, ...three], { minLength: 1 }),
    );
    const programs = fc
      .tuple(
        fc.constantFrom('[]', '[0]', '[...xs]', 'xs', '[,]', 'Array(2)'),
        fc.constantFrom('let', 'let', 'var'),
        fc.constantFrom(...heads),
        shuffled,
        picks(
          [
            ...leaks.filter((leak) => !/continue|break|x\b(?!s)/.test(leak)),
            'log.push(out, out.length);',
            'log.push(() => out);',
          ],
          0,
          2,
        ),
      )
      .map(([start, kind, head, inside, behind]) => {
        const lines = [`${kind} out = ${start};`, 'let other = [], log = [];', `${head} {`, ...inside, '}', ...behind];
        return `${prelude}(() => {\n${lines.join('\n')}\nreturn { out, other, log };\n})()`;
      });
    check(programs);
  });

  test('objects that grow in a loop', () => {
    const grows = [
      'out = { ...out, [x.k]: x.n };',
      'out = { ...out, [`k${x.n}`]: out.a };',
      'out = { ...out, a: (out.a ?? 0) + 1 };',
      'out = { ...out, [x.k]: { ...out[x.k], n: x.n } };',
      'if (x.n > 2) out = { ...out, b: 1, [x.n - 1]: x };',
      'out = { ...out, [x.k]: () => 1 };',
      'out = { ...out, ["__proto__"]: x };',
      'out = { ...out, __proto__: x };',
      'out = { ...out, ...x };',
    ];
    const beside = [
      'log.push(out.a);',
      'log.push({ ...out });',
      'log.push("a" in out, Object.hasOwn(out, x.k));',
      'if (x.n === 3) out = {};',
      'if (x.n === 4) continue;',
      'if (x.n > 5) return { out, log };',
      'log.push(out);',
      'log.push(() => out);',
      'out[x.k] = 1;',
      'delete out.a;',
      'log.push(Object.keys(out).length);',
      'for (const key in out) log.push(key);',
      'log.push(same(out));',
      'other = out;',
      'out = other;',
    ];
    const programs = fc
      .tuple(
        fc.constantFrom('{}', '{}', '{ a: 0 }', '{ ...start }', 'start', '{ get a() { return 1; } }'),
        picks(grows, 1, 2),
        picks(beside, 0, 2),
      )
      .chain(([start, one, two]) =>
        fc.tuple(fc.constant(start), fc.shuffledSubarray([...one, ...two], { minLength: one.length })),
      )
      .map(
        ([start, inside]) =>
          `const same = (x) => x, start = { a: 5 };\nconst xs = [{ k: 'a', n: 1 }, { k: '__proto__', n: 2 }, { k: 'b', n: 3 }, { k: 'a', n: 4 }, { k: '10', n: 5 }, { k: '9', n: 6 }];\n(() => {\nlet out = ${start}, log = [], other = {};\nfor (const x of xs) {\n${inside.join('\n')}\n}\nreturn { out, log, other, start };\n})()`,
      );
    check(programs);
  });

  test('accumulators of reduce', () => {
    const keys = [
      '[x.k]',
      '[`k-${x.k}`]',
      '[i]',
      '[x.n + 0]',
      '["p" + x.k]',
      'a',
      '"b c"',
      '7',
      '[x.k.length - 1]',
      '__proto__',
      '["__proto__"]',
      '[String(x.k)]',
    ];
    const values = [
      'x.n',
      '(acc[x.k] ?? 0) + 1',
      '[x.n]',
      '{ ...acc[x.k], n: x.n }',
      'acc',
      '() => acc',
      '() => 1',
      'x.k in acc',
      'Object.hasOwn(acc, x.k)',
      'same(acc)',
      'acc.a',
      'Object.keys(acc).length',
      'x',
      '(last = acc, 1)',
    ];
    const property = fc
      .tuple(fc.constantFrom(...keys), fc.constantFrom(...values))
      .map(([key, value]) => `${key}: ${value}`);
    const objects = fc
      .tuple(fc.array(property, { minLength: 1, maxLength: 2 }), fc.constantFrom('...acc', '...acc', '...acc', '...x'))
      .map(([properties, spread]) => `{ ${[spread, ...properties].join(', ')} }`);
    const items = [
      'x.n',
      'acc.length',
      'acc[0]',
      'acc.at(-1)',
      'acc',
      '[x.k]',
      'acc.includes(x.n)',
      'acc.map((y) => y)',
      '() => acc.length',
      'acc.some((y) => y === x.n)',
      'same(acc)',
    ];
    const arrays = fc
      .tuple(picks(items, 1, 2), fc.constantFrom('[...acc, ', '[...acc, ', '[0, ...acc, '))
      .map(([added, start]) => `${start}${added.join(', ')}]`);
    const guards = [
      '',
      '',
      'if (x.n === 2) return acc;',
      'const k = `k${x.k}`;',
      'log.push(acc);',
      'log.push(acc.a);',
      'acc.z = 1;',
      'if (x.n === 3) return { z: 1 };',
    ];
    const bodies = (literal: string) =>
      fc.tuple(
        fc.constant(literal),
        fc.constantFrom('arrow', 'arrow', 'block', 'branch', 'function'),
        fc.constantFrom(...guards),
      );
    const callback = ([literal, form, guard]: [string, string, string]) => {
      if (form === 'arrow') return `(acc, x, i) => (${literal})`;
      if (form === 'branch') return `(acc, x, i) => { ${guard} if (x.n > 1) return ${literal}; return acc; }`;
      return form === 'function'
        ? `function (acc, x, i) { ${guard} return ${literal}; }`
        : `(acc, x, i) => {\n  ${guard}\n  return ${literal};\n}`;
    };
    const seeds = {
      object: ['{}', '{}', '{ a: 1 }', '{ k1: [], a: 0 }', '{ get a() { return 1; } }', 'start'],
      array: ['[]', '[]', '[1, 2]', '[, 1]', 'startList'],
    };
    const program = (kind: 'object' | 'array') =>
      (kind === 'object' ? objects : arrays)
        .chain(bodies)
        .chain((body) =>
          fc.tuple(
            fc.constant(callback(body)),
            fc.constantFrom(...seeds[kind]),
            fc.constantFrom('reduce', 'reduce', 'reduceRight'),
          ),
        )
        .map(
          ([call, seed, method]) =>
            `const same = (x) => x;\nlet last;\nconst log = [], start = {}, startList = [];\nconst xs = [{ k: 'a', n: 1 }, { k: '__proto__', n: 2 }, { k: 'b', n: 3 }, { k: 'a', n: 4 }, { k: '10', n: 5 }, { k: '9', n: 6 }];\n({ r: xs.${method}(${call}, ${seed}), start, startList, log, last })`,
        );
    check(fc.oneof(program('object'), program('array')));
  });

  test('the first of what a filter lets through', () => {
    const predicates = [
      'x.n > 1',
      'x.k === "b"',
      'x.n',
      '!x.n',
      'x.n > 1 && x.k',
      'seen.push(x.n)',
      'x.n++ > 1',
      '(last = x.n) > 1',
      'x.get',
      'x.deep?.n === 2',
      'x.deep.n === 2',
      'x.k.length > 1',
      'Boolean(x.n)',
      'count(x)',
      '`${x.k}` === "b"',
      'typeof x.k === "string"',
      'x.n % 2',
      'seen.includes(x.n)',
      'keys.has(x.k)',
      'delete x.n',
    ];
    const receivers = [
      'list',
      'list.map(same)',
      '[...list]',
      'Object.values(dict)',
      'custom',
      'list.slice(1)',
      'sparse',
      '[]',
      'list.concat(list)',
    ];
    const uses = [
      'R[0]',
      'R[0]',
      'R[0]?.n',
      'R.at(0)',
      'R.shift()',
      'R[1]',
      'R.length',
      'R[0] === undefined',
      '[R[0]]',
      '(R[0] ?? same).n',
      'typeof R[0]',
      'R.length > 0',
      'R.length === 0',
      '!R.length',
      'R.length ? 1 : 2',
      'R.length >= 2',
      'R.length !== 0',
    ];
    const forms = [
      '(x) => P',
      'x => P',
      '(x) => { return P; }',
      'function (x) { return P; }',
      '(x, i) => P',
      'async (x) => P',
      'Boolean',
      'count',
    ];
    const programs = fc
      .tuple(...[predicates, receivers, uses, forms].map((pool) => fc.constantFrom(...pool)))
      .map(([predicate, receiver, use, form]) => {
        const call = `${receiver}.filter(${form!.replace('P', () => (predicate!.includes(',') || (form!.includes('=> P') && predicate!.startsWith('{')) ? `(${predicate})` : predicate!))})`;
        return `const same = (x) => x, seen = [], keys = new Set(['b']);\nlet last, calls = 0;\nconst count = () => ++calls > 1;\nconst list = [{ k: 'a', n: 1, deep: { n: 1 } }, { k: 'b', n: 2 , deep: { n: 2 } }, { k: 'bb', n: 0 }, { k: 'c', n: 3, get get() { return ++calls; } }];\nconst dict = { a: list[0], b: list[1] };\nconst sparse = [list[0]];\nsparse[3] = list[1];\nconst custom = { filter: (p) => ({ 0: p(list[3]), at: () => 7, shift: () => 8, length: 1 }) };\n({ r: ${use!.replace('R', () => call)}, seen, last, calls, list })`;
      });
    check(programs);
  });

  test('lists that are only asked', () => {
    const statements = [
      'r.push(list.includes("a"));',
      'r.push(list.includes(NaN), list.includes(-0), list.includes(undefined));',
      'r.push(ask("h"));',
      'r.push(list.indexOf("b"));',
      'r.push(list.length);',
      'r.push([...list]);',
      'r.push(list.includes("a", 1));',
      'list.push("z");',
      'for (const one of list) r.push(one);',
      '{ const list = ["x"]; r.push(list.includes("x")); }',
      'r.push(list.includes());',
      'r.push(typeof list);',
      'r.push(list.indexOf("b") !== -1, list.indexOf(NaN) >= 0, list.indexOf("zz") === -1);',
    ];
    const lists = [
      '["a", "b", "c", "d", "e", "f", "g", "h"]',
      '["a", 1, -0, 0, null, undefined, "g", "h", true]',
      '["a", , "c", "d", "e", "f", "g", "h", "i"]',
      '["a", "b"]',
      '["a", "a", "a", "a", "a", "a", "a", "a", NaN]',
    ];
    const programs = fc
      .tuple(fc.constantFrom(...lists), picks(statements, 1, 3), fc.constantFrom('const', 'const', 'const', 'let'))
      .map(([list, uses, kind]) =>
        `{\nconst r = [];\nfunction ask(x) { return list.includes(x); }\n}\n`.replace(
          /[\s\S]*/,
          `const r = [];\nfunction ask(x) { return list.includes(x); }\n${kind} list = ${list};\n${uses.join('\n')}\nr`,
        ),
      );
    check(programs);
  });

  test('collections that are only asked', () => {
    const starts = [
      'Object.keys(dict)',
      '[...list, ...list]',
      'list.map((x) => x)',
      'list',
      'list.sort()',
      '"a,b,c".split(",")',
      'list.filter((x) => x !== "a")',
      'new Set(list)',
      'new Map(list.map((x) => [x, 1]))',
      'dict',
      '[, "a", ...list]',
    ];
    const uses = [
      'for (const x of asked) r.push(many.includes(x));',
      'r.push(asked.filter((x) => many.includes(x)).length);',
      'r.push(asked.map((x) => [...many].includes(x)));',
      'r.push([...many.keys()].includes("a"));',
      'r.push([...many].length, Array.from(many).length);',
      'r.push([...many.values()].includes(1));',
      'list.push("z");',
      'r.push(many.length);',
      'r.push(many);',
      'many.push?.("q");',
      'for (const x of asked) if (many.includes(x, 1)) r.push(x);',
      'r.push(asked.filter((x) => x === "b").length > 0, asked.filter((x) => x === "q").length === 0);',
      'if (!asked.filter((x) => r.push(x)).length) r.push(1);',
    ];
    const programs = fc
      .tuple(fc.constantFrom(...starts), picks(uses, 1, 3), fc.constantFrom('const', 'const', 'const', 'let'))
      .map(
        ([start, used, kind]) =>
          `const list = ['b', 'a', NaN, 'd'], dict = { a: 1, b: 2 }, r = [];\nconst asked = ['a', 'b', 'q', NaN, undefined, 'z'];\n(() => {\n${kind} many = ${start};\n${used.join('\n')}\nreturn { r, list };\n})()`,
      );
    check(programs);
  });
});
