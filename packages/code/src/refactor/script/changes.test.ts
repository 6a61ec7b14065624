import { expect, test } from 'vitest';
import { planned } from '../__fixtures__/planned.ts';

const tsconfig = JSON.stringify({
  compilerOptions: { strict: true, target: 'esnext', module: 'esnext', moduleResolution: 'bundler' },
});

test('a variable is made in the innermost scope, an arrow gets a body for it', async () => {
  const files = { 'tsconfig.json': tsconfig, 'a.ts': 'export const third = (n: number) => n / 3 + 1;\n' };
  const range = { from: { line: 1, column: 37 }, to: { line: 1, column: 42 } };
  expect(await planned(files, { kind: 'extract', path: 'a.ts', ...range, name: 'part', what: 'variable' })).toEqual({
    'a.ts': 'export const third = (n: number) => {\n  const part = n / 3;\n  return part + 1;\n};\n',
  });
});

test('a function is made of statements, with what they need and what they give', async () => {
  const text =
    'export function run(items: number[]) {\n  // adds\n  let sum = 0;\n  for (const one of items) sum += one;\n  return sum;\n}\n';
  const range = { from: { line: 3, column: 3 }, to: { line: 4, column: 39 } };
  const after = await planned(
    { 'tsconfig.json': tsconfig, 'a.ts': text },
    { kind: 'extract', path: 'a.ts', ...range, name: 'total', what: 'function' },
  );
  expect(after['a.ts']).toMatch(/total\(items\)/);
  expect(after['a.ts']).toMatch(/function total\(items: number\[\]\)/);
  expect(after['a.ts']).toContain('// adds');
});

test('a variable and a function are put in, with parentheses where they are needed', async () => {
  const files = {
    'tsconfig.json': tsconfig,
    'a.ts':
      'const half = (n: number) => n / 2;\nexport function run(n: number) {\n  const more = n + 1;\n  return half(half(more)) * 2;\n}\n',
  };
  expect(await planned(files, { kind: 'inline', target: 'a.ts#half' })).toEqual({
    'a.ts': 'export function run(n: number) {\n  const more = n + 1;\n  return ((more / 2) / 2) * 2;\n}\n',
  });
  const variable = await planned(files, { kind: 'inline', target: 'a.ts:3:9' });
  expect(variable['a.ts']).toMatch(/half\(half\(\(?n \+ 1\)?\)\)/);
});

const shop = {
  'tsconfig.json': tsconfig,
  'src/cart.ts':
    "import { tax } from './tools';\n\n/** A thing. */\nexport interface Item {\n  price: number;\n}\n\n// Adds up.\nexport function total(items: Item[]): number {\n  return items.reduce((sum, one) => sum + tax(one.price), 0);\n}\n",
  'src/tools.ts': 'export const tax = (n: number) => n * 2;\n',
  'src/main.ts':
    "import { total, type Item } from './cart';\n\nconst item: Item = { price: 1 };\nconsole.log(total([item]));\n",
  'test/cart.test.ts': "import { total } from '../src/cart';\nvi.mock('../src/cart');\ntotal([]);\n",
};

test('a declaration is moved with its comment and its imports', async () => {
  const after = await planned(shop, { kind: 'move', target: 'Item', to: 'src/item.ts' });
  expect(after['src/item.ts']).toBe('/** A thing. */\nexport interface Item {\n  price: number;\n}\n');
  expect(after['src/cart.ts']).toMatch(/^import \{ (type )?Item \} from '\.\/item';/);
  expect(after['src/main.ts']).toMatch(/import \{ type Item \} from '\.\/item';/);
});

test('a file is moved with the imports to it and out of it, mocks among them', async () => {
  const after = await planned(shop, { kind: 'move-file', from: 'src/cart.ts', to: 'src/shop/cart.ts' });
  expect(Object.keys(after)).toEqual(['src/cart.ts', 'src/main.ts', 'src/shop/cart.ts', 'test/cart.test.ts']);
  expect(after['src/cart.ts']).toBeUndefined();
  expect(after['src/shop/cart.ts']).toContain("from '../tools'");
  expect(after['test/cart.test.ts']).toBe(
    "import { total } from '../src/shop/cart';\nvi.mock('../src/shop/cart');\ntotal([]);\n",
  );
});

test('a file is split: what only one declaration uses goes with it, what several use stays', async () => {
  const after = await planned(
    {
      'tsconfig.json': tsconfig,
      'src/shapes.ts':
        'const unit = 1;\nfunction round(n: number) {\n  return n;\n}\nexport function shapes() {\n  return unit;\n}\n/** A square. */\nexport function squareArea(n: number) {\n  return round(n * n) * unit;\n}\nexport type Side = number;\n',
      'src/use.ts':
        "import { shapes, squareArea, type Side } from './shapes';\n\nexport const a: Side = squareArea(shapes());\n",
      'src/a-b.ts': 'export {};\n',
    },
    { kind: 'split', path: 'src/shapes.ts' },
  );
  expect(Object.keys(after)).toEqual(['src/shapes.ts', 'src/side.ts', 'src/square-area.ts', 'src/use.ts']);
  expect(after['src/square-area.ts']).toContain('\nfunction round(n: number) {');
  expect(after['src/square-area.ts']).toContain('/** A square. */\nexport function squareArea');
  expect(after['src/shapes.ts']).toContain('export const unit = 1;');
});

test('a default export gets its name, and a named one becomes the default', async () => {
  const files = {
    'tsconfig.json': tsconfig,
    'a.ts': 'export default function load() {}\n',
    'b.ts': "import get from './a';\n\nget();\n",
    'c.ts': 'export function one() {}\nexport function two() {}\n',
    'd.ts': "import { one, two } from './c';\n\none();\ntwo();\n",
  };
  expect(await planned(files, { kind: 'export', target: 'a.ts', to: 'named' })).toEqual({
    'a.ts': 'export function load() {}\n',
    'b.ts': "import { load as get } from './a';\n\nget();\n",
  });
  expect(await planned(files, { kind: 'export', target: 'c.ts#one', to: 'default' })).toEqual({
    'c.ts': 'export default function one() {}\nexport function two() {}\n',
    'd.ts': "import one, { two } from './c';\n\none();\ntwo();\n",
  });
});

test('imports are sorted, unused ones go, and those that are made for what they do keep their place', async () => {
  const after = await planned(
    {
      'tsconfig.json': tsconfig,
      'a.ts': 'export const a = 1;\nexport const b = 2;\n',
      'x.ts': 'export const x = 3;\n',
      'b.ts': "import { x } from './x';\nimport { b, a } from './a';\n\nexport const sum = a + x;\n",
      'c.ts': "import { x } from './x';\nimport './a';\nimport { a } from './a';\n\nexport const sum = a + x;\n",
    },
    { kind: 'imports' },
  );
  expect(after['b.ts']).toBe("import { a } from './a';\nimport { x } from './x';\n\nexport const sum = a + x;\n");
});
