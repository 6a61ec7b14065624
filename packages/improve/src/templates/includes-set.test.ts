import { describe, expect, test } from 'vitest';
import { scanText } from '../scan/scan-text.ts';
import { splice } from '../scan/splice.ts';
import { includesSet } from './includes-set.ts';

function rewrite(text: string, path = 'a.mjs'): string {
  const found = scanText(text, { path, templates: [includesSet], accessors: new Set() })?.opportunities ?? [];
  return splice(
    text,
    found.flatMap((one) => one.edits),
  );
}

const items = "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'";
const use = 'export const f = (x) => list.includes(x);';

describe('becomes a set', () => {
  test.each([
    [
      'words',
      `const list = [${items}];\n${use}`,
      `const list = new Set([${items}]);\nexport const f = (x) => list.has(x);`,
    ],
    [
      'numbers, NaN and minus zero',
      `const list = [1, 2, 3, 4, 5, 6, -0, -1];\n${use}`,
      'const list = new Set([1, 2, 3, 4, 5, 6, -0, -1]);\nexport const f = (x) => list.has(x);',
    ],
    [
      'comments and layout',
      `const list = [\n  ${items}, // last\n];\n${use}`,
      `const list = new Set([\n  ${items}, // last\n]);\nexport const f = (x) => list.has(x);`,
    ],
    [
      'several uses',
      `const list = [${items}];\nif (list.includes(y) || !list.includes(z)) g();`,
      `const list = new Set([${items}]);\nif (list.has(y) || !list.has(z)) g();`,
    ],
    [
      'a use above',
      `function f(x) { return list.includes(x); }\nconst list = [${items}];`,
      `function f(x) { return list.has(x); }\nconst list = new Set([${items}]);`,
    ],
    [
      'the same name elsewhere',
      `const list = [${items}];\n${use}\nfunction g(list) { return list.map(String); }`,
      `const list = new Set([${items}]);\nexport const f = (x) => list.has(x);\nfunction g(list) { return list.map(String); }`,
    ],
  ])('%s', (_, before, after) => {
    expect(rewrite(before)).toBe(after);
  });

  test.each([
    [': string[]', ': Set<string>'],
    [': readonly string[]', ': ReadonlySet<string>'],
    [': ReadonlyArray<string>', ': ReadonlySet<string>'],
    [': Word[]', ': Set<Word>'],
    ['', ''],
  ])('its type %s becomes %s', (before, after) => {
    expect(rewrite(`const list${before} = [${items}];\n${use}`, 'a.ts')).toContain(
      `const list${after} = new Set([${items}]);`,
    );
  });

  test('as const stays', () => {
    expect(rewrite(`const list = [${items}] as const;\n${use}`, 'a.ts')).toContain(
      `const list = new Set([${items}] as const);`,
    );
  });
});

describe('left alone', () => {
  test.each([
    ['fewer than eight', `const list = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];\n${use}`],
    ['exported', `export const list = [${items}];\n${use}`],
    ['exported by a list', `const list = [${items}];\n${use}\nexport { list };`],
    ['exported as default', `const list = [${items}];\n${use}\nexport default list;`],
    ['exported as CommonJS', `const list = [${items}];\nlist.includes(x);\nmodule.exports = { list };`],
    ['run over', `const list = [${items}];\n${use}\nfor (const x of list) g(x);`],
    ['spread', `const list = [${items}];\n${use}\nconst more = [...list];`],
    ['its length read', `const list = [${items}];\n${use}\ng(list.length);`],
    ['joined', `const list = [${items}];\n${use}\ng(list.join());`],
    ['a start given', `const list = [${items}];\nlist.includes(x, 1);`],
    ['no argument', `const list = [${items}];\nlist.includes();`],
    ['spread arguments', `const list = [${items}];\nlist.includes(...x);`],
    ['the method taken', `const list = [${items}];\n${use}\nconst has = list.includes;`],
    ['optional', `const list = [${items}];\nlist?.includes(x);`],
    ['optional call', `const list = [${items}];\nlist.includes?.(x);`],
    ['computed', `const list = [${items}];\nlist['includes'](x);`],
    ['let', `let list = [${items}];\n${use}`],
    ['var', `var list = [${items}];\n${use}`],
    ['in a function', `function g() { const list = [${items}]; return list.includes(x); }`],
    ['in a block', `{ const list = [${items}]; list.includes(x); }`],
    ['an item that is no literal', `const list = [${items}, y];\n${use}`],
    ['a spread item', `const list = [${items}, ...y];\n${use}`],
    ['a hole', `const list = [${items}, , 'z'];\n${use}`],
    ['an object as an item', `const list = [${items}, {}];\n${use}`],
    ['Set shadowed', `import { Set } from 'immutable';\nconst list = [${items}];\n${use}`],
    ['used only as a value', `const list = [${items}];\nexport const f = (x) => list;`],
    ['only another of that name asked', `const list = [${items}];\nfunction g(list) { return list.includes(x); }`],
    ['changed', `const list = [${items}];\n${use}\nlist.push('i');`],
    ['typed by a comment', `/** @type {string[]} */\nconst list = [${items}];\n${use}`],
    ['eval', `const list = [${items}];\n${use}\neval('list.map(f)');`],
  ])('%s', (_, code) => {
    expect(rewrite(code)).toBe(code);
  });

  test.each([
    ['a type taken from it', `const list = [${items}] as const;\ntype Item = (typeof list)[number];\n${use}`],
    ['a type of another name', `const list: Words = [${items}];\n${use}`],
    ['a cast at its use', `const list = [${items}];\nexport const f = (x) => (list as string[]).includes(x);`],
    ['satisfies', `const list = [${items}] satisfies string[];\n${use}`],
    ['a type that stands for more than arrays', `const list: Iterable<string> & string[] = [${items}];\n${use}`],
  ])('TypeScript: %s', (_, code) => {
    expect(rewrite(code, 'a.ts')).toBe(code);
  });

  test('a script, whose names other scripts see', () => {
    const code = `const list = [${items}];\nlist.includes(x);`;
    expect(rewrite(code, 'a.js')).toBe(code);
  });
});
