import { describe, expect, test } from 'vitest';
import { refusal } from '../__fixtures__/planned.ts';
import type { RefactorRequest } from '../refactor-request.ts';

const tsconfig = JSON.stringify({
  compilerOptions: { strict: true, target: 'esnext', module: 'esnext', moduleResolution: 'bundler' },
});

const rename = (target: string, name = 'fresh'): RefactorRequest => ({ kind: 'rename', target, name });

type Row = readonly [why: string, files: Readonly<Record<string, string>>, request: RefactorRequest, words: RegExp];

const rows: readonly Row[] = [
  [
    'a key that is worked out may be the name',
    { 'a.ts': 'const all = { load: 1, read: 2 };\nexport const get = (key: keyof typeof all) => all[key];\n' },
    rename('a.ts:1:15'),
    /a\.ts:2:47 {2}dynamic access: the key key may be load/,
  ],
  [
    'a module is used by keys',
    {
      'a.ts': 'export const load = 1;\n',
      'b.ts': "import * as all from './a';\nexport const get = (name: 'load') => all[name];\n",
    },
    rename('a.ts#load'),
    /b\.ts:2:38 {2}dynamic access/,
  ],
  [
    'a value without a type may be it',
    { 'a.ts': 'export class Box { load() {} }\nexport const use = (box: any) => box.load();\n' },
    rename('a.ts#Box.load'),
    /a\.ts:2:38 {2}unknown type/,
  ],
  [
    'a string is used as a key',
    { 'a.ts': "export class Box { load = 1 }\nexport const has = (box: Box) => 'load' in box;\n" },
    rename('a.ts#Box.load'),
    /string: the name stands in a string/,
  ],
  [
    'the name is taken in the scope',
    { 'a.ts': 'const load = 1;\nconst fresh = 2;\nexport const sum = load + fresh;\n' },
    rename('a.ts:1:7'),
    /collision/,
  ],
  [
    'a local would hide it',
    { 'a.ts': 'export const load = 1;\nexport function sum(fresh: number) {\n  return load + fresh;\n}\n' },
    rename('a.ts#load'),
    /a\.ts:3:10 {2}collision/,
  ],
  [
    'a use in another file would be hidden',
    {
      'a.ts': 'export const load = 1;\n',
      'b.ts': "import { load } from './a';\nexport const sum = (fresh: number) => load + fresh;\n",
    },
    rename('a.ts#load'),
    /b\.ts:2:39 {2}collision/,
  ],
  [
    'it would hide a name of the language',
    { 'a.ts': 'export function run() {\n  const load = 1;\n  return Math.max(load, 2);\n}\n' },
    rename('a.ts:2:9', 'Math'),
    /collision/,
  ],
  [
    'a sub-class has a member of that name',
    { 'a.ts': 'export class Box { load() {} }\nexport class Big extends Box { fresh() {} }\n' },
    rename('a.ts#Box.load'),
    /a\.ts:2:1 {2}collision: fresh is a member there already/,
  ],
  [
    'JavaScript has the name in the same scope',
    { 'a.js': 'function load() {}\nfunction fresh() {}\nload();\n' },
    rename('a.js:1:10'),
    /collision|new error/,
  ],
  [
    'a shape without a name may be used as the type',
    {
      'a.ts':
        'interface Options { load?: number; other: number }\nexport const run = (options: Options) => options.load;\nconst own = { load: 1, other: 2 };\nrun(own);\n',
    },
    rename('a.ts#Options.load'),
    /a\.ts:3:15 {2}unknown type/,
  ],
  [
    'an object without a type is held against it',
    {
      'a.ts':
        'declare function expect(value: unknown): { toEqual<E extends object>(wanted: E): void };\nexport class Box { load = 1 }\nexpect(new Box()).toEqual({ load: 1 });\n',
    },
    rename('a.ts#Box.load'),
    /a\.ts:3:29 {2}unknown type/,
  ],
  [
    'a spread takes it to another type',
    {
      'a.ts':
        'export class Box { load = 1 }\ndeclare function take(options: { load?: number }): void;\ntake({ ...new Box() });\n',
    },
    rename('a.ts#Box.load'),
    /a\.ts:3:11 {2}unknown type/,
  ],
  [
    'it goes through a place without a type',
    {
      'a.ts':
        'interface Options { load?: boolean }\nconst run = (options: Options) => options.load;\nconst cases: [any][] = [[{ load: true }]];\nfor (const one of cases) run(one[0]);\n',
    },
    rename('a.ts#Options.load'),
    /a\.ts:3:28 {2}unknown type/,
  ],
  [
    'it is copied by its name',
    {
      'a.ts':
        'export class Box {\n  load!: number;\n  constructor(from: { load: number }) {\n    Object.assign(this, from);\n  }\n}\n',
    },
    rename('a.ts#Box.load'),
    /a\.ts:4:5 {2}dynamic access/,
  ],
  [
    'a package exports it',
    { 'package.json': '{ "name": "x", "main": "a.ts" }', 'a.ts': 'export const load = 1;\n' },
    rename('a.ts#load'),
    /public: other packages may use it/,
  ],
  [
    'it is declared in node_modules',
    {
      'node_modules/dep/package.json': '{ "name": "dep", "types": "index.d.ts" }',
      'node_modules/dep/index.d.ts': 'export declare function load(): void;\n',
      'a.ts': "import { load } from 'dep';\nload();\n",
    },
    rename('a.ts:2:1'),
    /not ours: it is declared in node_modules\/dep\/index\.d\.ts/,
  ],
  [
    'a member is asked for by node_modules',
    {
      'node_modules/dep/package.json': '{ "name": "dep", "types": "index.d.ts" }',
      'node_modules/dep/index.d.ts': 'export interface Plugin { load(): void }\n',
      'a.ts': "import type { Plugin } from 'dep';\nexport class Own implements Plugin { load() {} }\n",
    },
    rename('a.ts#Own.load'),
    /not ours|unsupported/,
  ],
  [
    'a tool writes a file that uses it',
    {
      'a.ts': 'export const load = 1;\n',
      'b.ts': "// Code generated by x. DO NOT EDIT.\nimport { load } from './a';\nload.toFixed();\n",
    },
    rename('a.ts#load'),
    /b\.ts {2}generated/,
  ],
  [
    'a file cannot be read',
    { 'a.ts': 'export const load = 1;\nexport const b = load +;\n' },
    rename('a.ts#load'),
    /a\.ts:2:24 {2}syntax error/,
  ],
  ['it is no name', { 'a.ts': 'export const load = 1;\n' }, rename('a.ts#load', 'for'), /for is no name/],
  [
    'a mock stands in for it',
    {
      'a.ts': 'export const load = 1;\n',
      'a.test.ts': "import { load } from './a';\nvi.mock('./a', () => ({ load: 2 }));\nload.toFixed();\n",
    },
    rename('a.ts#load'),
    /a\.test\.ts:2:25 {2}string/,
  ],
  [
    'a component of another kind uses it',
    { 'a.ts': 'export const load = 1;\n', 'App.vue': "<script>\nimport { load } from './a';\n</script>\n" },
    rename('a.ts#load'),
    /App\.vue:2:10 {2}unsupported/,
  ],
  [
    'it is worked out at another time',
    {
      'a.ts':
        'declare function next(): number;\nexport function run() {\n  const one = next();\n  const two = next();\n  return two + one;\n}\n',
    },
    { kind: 'inline', target: 'a.ts:3:9' },
    /side effect/,
  ],
  [
    'it is worked out more than once',
    {
      'a.ts':
        'declare function next(): number;\nexport function run() {\n  const one = next();\n  return one + one;\n}\n',
    },
    { kind: 'inline', target: 'a.ts:3:9' },
    /side effect/,
  ],
  [
    'a name means something else where it is put in',
    {
      'a.ts':
        'const rate = 2;\nconst twice = (n: number) => n * rate;\nexport const f = (rate: number) => twice(rate);\n',
    },
    { kind: 'inline', target: 'a.ts:2:7' },
    /collision: rate means something else/,
  ],
  [
    'an argument would be worked out twice',
    {
      'a.ts':
        'declare function next(): number;\nconst square = (n: number) => n * n;\nexport const f = () => square(next());\n',
    },
    { kind: 'inline', target: 'a.ts:2:7' },
    /side effect/,
  ],
  [
    'a variable would be worked out early',
    {
      'a.ts':
        'declare function a(): boolean;\ndeclare function b(): boolean;\nexport function f() {\n  return a() && b();\n}\n',
    },
    {
      kind: 'extract',
      path: 'a.ts',
      from: { line: 4, column: 17 },
      to: { line: 4, column: 20 },
      name: 'c',
      what: 'variable',
    },
    /side effect/,
  ],
  [
    'a file depends on where it lies',
    { 'a.ts': 'export const here = import.meta.url;\n' },
    { kind: 'move-file', from: 'a.ts', to: 'src/a.ts' },
    /import\.meta\.url depends on where/,
  ],
  [
    'a file is there already',
    { 'a.ts': 'export {};\n', 'b.ts': 'export {};\n' },
    { kind: 'move-file', from: 'a.ts', to: 'b.ts' },
    /collision/,
  ],
  ['a path leads out', { 'a.ts': 'export {};\n' }, { kind: 'move-file', from: 'a.ts', to: '../b.ts' }, /^path_outside/],
  [
    'the default is loaded while the program runs',
    {
      'a.ts': 'export default function f() {}\n',
      'b.ts': "export const g = () => import('./a').then((m) => m.default());\n",
    },
    { kind: 'export', target: 'a.ts', to: 'named' },
    /dynamic access/,
  ],
  [
    'several symbols have the name',
    { 'a.ts': 'export const load = 1;\n', 'b.ts': 'export const load = 2;\n' },
    rename('load'),
    /^invalid_config Several symbols are called load/,
  ],
  [
    'nothing has the name',
    { 'a.ts': 'export const load = 1;\n' },
    rename('a.ts#nothing'),
    /^not_found No symbol is called a\.ts#nothing/,
  ],
];

describe('refused, for', () => {
  test.each(rows)('%s', async (_, files, request, words) => {
    expect(await refusal({ 'tsconfig.json': tsconfig, ...files }, request)).toMatch(words);
  });
});
