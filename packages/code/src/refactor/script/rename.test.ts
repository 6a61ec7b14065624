import { describe, expect, test } from 'vitest';
import { planned } from '../__fixtures__/planned.ts';
import type { RefactorRequest } from '../refactor-request.ts';

const tsconfig = JSON.stringify({
  compilerOptions: { strict: true, target: 'esnext', module: 'esnext', moduleResolution: 'bundler', jsx: 'preserve' },
});

const rename = (target: string, name: string): RefactorRequest => ({ kind: 'rename', target, name });

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly target: string;
  readonly name: string;
  readonly after: Readonly<Record<string, string>>;
}

const cases: Readonly<Record<string, Case>> = {
  'a shorthand property keeps its key, a destructured one its variable': {
    files: {
      'a.ts': 'export const load = 1;\nexport const all = { load };\n',
      'b.ts': "import { all, load } from './a';\nconst { load: own } = all;\nexport const more = { load, own };\n",
    },
    target: 'a.ts#load',
    name: 'read',
    after: {
      'a.ts': 'export const read = 1;\nexport const all = { load: read };\n',
      'b.ts':
        "import { all, read } from './a';\nconst { load: own } = all;\nexport const more = { load: read, own };\n",
    },
  },
  'a property changes where it is taken apart': {
    files: {
      'a.ts':
        'interface Point { x: number }\nfunction show({ x }: Point) {\n  return x;\n}\nexport const shown = show({ x: 1 });\nconst x = 2;\nexport const other: Point = { x };\n',
    },
    target: 'a.ts#Point.x',
    name: 'left',
    after: {
      'a.ts':
        'interface Point { left: number }\nfunction show({ left: x }: Point) {\n  return x;\n}\nexport const shown = show({ left: 1 });\nconst x = 2;\nexport const other: Point = { left: x };\n',
    },
  },
  're-exports, namespaces and aliases are followed': {
    files: {
      'a.ts': 'export function load() {}\n',
      'b.ts':
        "export { load } from './a';\nexport { load as fetchAll } from './a';\nexport * as ns from './a';\nexport * from './a';\n",
      'c.ts':
        "import { load, fetchAll, ns } from './b';\nimport * as all from './b';\nload();\nfetchAll();\nns.load();\nall.load();\nall['load']();\nall.ns.load();\n",
    },
    target: 'load',
    name: 'read',
    after: {
      'a.ts': 'export function read() {}\n',
      'b.ts':
        "export { read } from './a';\nexport { read as fetchAll } from './a';\nexport * as ns from './a';\nexport * from './a';\n",
      'c.ts':
        "import { read, fetchAll, ns } from './b';\nimport * as all from './b';\nread();\nfetchAll();\nns.read();\nall.read();\nall['read']();\nall.ns.read();\n",
    },
  },
  'a type and a value of one name go together': {
    files: {
      'a.ts': 'export interface Color { name: string }\nexport const Color = { red: 1 };\n',
      'b.ts': "import { Color } from './a';\nexport const c: Color = { name: 'Color' };\nexport const r = Color.red;\n",
    },
    target: 'a.ts#Color',
    name: 'Paint',
    after: {
      'a.ts': 'export interface Paint { name: string }\nexport const Paint = { red: 1 };\n',
      'b.ts': "import { Paint } from './a';\nexport const c: Paint = { name: 'Color' };\nexport const r = Paint.red;\n",
    },
  },
  'components of JSX change with both tags': {
    files: {
      'a.tsx': 'export const Box = (props: { children?: unknown }) => props.children;\n',
      'b.tsx': "import { Box } from './a';\nexport const page = <Box>Box<Box /></Box>;\n",
    },
    target: 'a.tsx#Box',
    name: 'Frame',
    after: {
      'a.tsx': 'export const Frame = (props: { children?: unknown }) => props.children;\n',
      'b.tsx': "import { Frame } from './a';\nexport const page = <Frame>Box<Frame /></Frame>;\n",
    },
  },
  'overloads, members of contracts and sub-classes are one symbol': {
    files: {
      'a.ts':
        'export interface Shape { area(): number }\nexport abstract class Base implements Shape {\n  abstract area(): number;\n}\nexport class Square extends Base {\n  area(): number;\n  area(): number {\n    return 1;\n  }\n}\n',
      'b.ts':
        "import { Square, type Shape } from './a';\nexport const sum = (all: Shape[]) => all.map((one) => one.area());\nnew Square().area();\n",
    },
    target: 'a.ts#Square.area',
    name: 'size',
    after: {
      'a.ts':
        'export interface Shape { size(): number }\nexport abstract class Base implements Shape {\n  abstract size(): number;\n}\nexport class Square extends Base {\n  size(): number;\n  size(): number {\n    return 1;\n  }\n}\n',
      'b.ts':
        "import { Square, type Shape } from './a';\nexport const sum = (all: Shape[]) => all.map((one) => one.size());\nnew Square().size();\n",
    },
  },
  'comments and texts stay': {
    files: { 'a.ts': '// load is here\nconst load = `load ${1}`;\nexport const b = `${load} load`; /* load */\n' },
    target: 'a.ts:2:7',
    name: 'read',
    after: { 'a.ts': '// load is here\nconst read = `load ${1}`;\nexport const b = `${read} load`; /* load */\n' },
  },
  'a name that an import gives is only changed there': {
    files: {
      'a.ts': 'export const load = 1;\n',
      'b.ts': "import { load as own } from './a';\nexport const c = own;\n",
    },
    target: 'b.ts:1:18',
    name: 'mine',
    after: { 'b.ts': "import { load as mine } from './a';\nexport const c = mine;\n" },
  },
  'line ends and the mark in front stay': {
    files: { 'a.ts': '\uFEFFexport const load = 1;\r\nexport const b = load;\r\n' },
    target: 'a.ts#load',
    name: 'read',
    after: { 'a.ts': '\uFEFFexport const read = 1;\r\nexport const b = read;\r\n' },
  },
  'modules of every ending are one program': {
    files: {
      'a.mts': 'export const load = 1;\n',
      'b.mts': "import { load } from './a.mjs';\nexport const b = load;\n",
      'c.jsx': "import { load } from './a.mjs';\nexport const C = () => <b>{load}</b>;\n",
      'd.cts': 'const load = 1;\nexport = load;\n',
    },
    target: 'a.mts#load',
    name: 'read',
    after: {
      'a.mts': 'export const read = 1;\n',
      'b.mts': "import { read } from './a.mjs';\nexport const b = read;\n",
      'c.jsx': "import { read } from './a.mjs';\nexport const C = () => <b>{read}</b>;\n",
    },
  },
};

describe.each(Object.entries(cases))('%s', (_, { files, target, name, after }) => {
  test('as planned', async () => {
    expect(await planned({ 'tsconfig.json': tsconfig, ...files }, rename(target, name))).toEqual(after);
  });
});

test('JavaScript needs no tsconfig', async () => {
  const after = await planned(
    {
      'lib/load.js': 'function load() {}\nmodule.exports = { load };\n',
      'lib/use.js': "const { load } = require('./load');\nload();\n",
      'esm.mjs': 'export const one = 1;\nexport default () => one;\n',
    },
    rename('lib/load.js:1:10', 'read'),
  );
  expect(after).toEqual({ 'lib/load.js': 'function read() {}\nmodule.exports = { load: read };\n' });
});

test('packages of a workspace and projects that refer to one another are followed to their sources', async () => {
  const project = (references: readonly string[]) =>
    JSON.stringify({
      compilerOptions: {
        composite: true,
        strict: true,
        module: 'nodenext',
        target: 'esnext',
        rootDir: 'src',
        outDir: 'dist',
      },
      include: ['src'],
      references: references.map((path) => ({ path })),
    });
  const after = await planned(
    {
      'tsconfig.json': JSON.stringify({ files: [], references: [{ path: 'packages/core' }, { path: 'packages/app' }] }),
      'packages/core/package.json':
        '{ "name": "@x/core", "private": true, "type": "module", "exports": "./dist/index.js" }',
      'packages/core/tsconfig.json': project([]),
      'packages/core/src/index.ts': 'export const load = 1;\n',
      'packages/core/test/a.test.ts': "import { load } from '../src/index.js';\nload.toFixed();\n",
      'packages/app/package.json': '{ "name": "@x/app", "private": true, "type": "module" }',
      'packages/app/tsconfig.json': project(['../core']),
      'packages/app/src/main.ts': "import { load } from '@x/core';\nexport const a = load;\n",
    },
    rename('packages/core/src/index.ts#load', 'read'),
  );
  expect(Object.keys(after)).toEqual([
    'packages/app/src/main.ts',
    'packages/core/src/index.ts',
    'packages/core/test/a.test.ts',
  ]);
  expect(after['packages/app/src/main.ts']).toBe("import { read } from '@x/core';\nexport const a = read;\n");
});

test('an entry of a published package keeps the old name for others', async () => {
  const files = {
    'package.json': '{ "name": "x", "version": "1.0.0", "main": "./src/index.ts" }',
    'tsconfig.json': tsconfig,
    'src/index.ts': "export { load } from './a';\n",
    'src/a.ts': 'export const load = 1;\n',
  };
  expect(await planned(files, rename('src/a.ts#load', 'read'))).toEqual({
    'src/index.ts': "export { read as load } from './a';\n",
    'src/a.ts': 'export const read = 1;\n',
  });
  expect(await planned(files, rename('src/a.ts#load', 'read'), { public: true })).toEqual({
    'src/index.ts': "export { read } from './a';\n",
    'src/a.ts': 'export const read = 1;\n',
  });
});
