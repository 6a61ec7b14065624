import { expect, test } from 'vitest';
import { occurrencesOf } from './occurrences-of.ts';
import { readSource } from './read-source.ts';

const namesOf = (path: string, text: string, reading: 'typescript' | 'javascript' | 'python' | 'go') =>
  readSource(path, text, reading).symbols.map(
    ({ name, kind, container }) => `${kind} ${container === '' ? '' : `${container}.`}${name}`,
  );

test('a declaration reaches from its decorators to its end', () => {
  const text = "@Decorated('x')\nexport class A {\n  @Get() b() {}\n}\n";
  const [holder, member] = readSource('a.ts', text, 'typescript').symbols;
  expect(text.slice(holder?.start, holder?.end)).toBe(text.trimEnd());
  expect(holder?.signature).toBe('export class A');
  expect(text.slice(member?.start, member?.end)).toBe('@Get() b() {}');
  expect(member).toMatchObject({ line: 3, column: 10, endLine: 3, container: 'A' });
});

test('destructured, nested and default declarations are symbols', () => {
  const text = `const { a, b: [c], ...rest } = make();
namespace Outer { export interface Inner { x: number; m(): void } }
export default class {}
export const store = { open() {}, close: () => {}, size: 1 } satisfies Shape;
declare function ambient(x: number): string;
`;
  expect(namesOf('a.ts', text, 'typescript')).toEqual([
    'variable a',
    'variable c',
    'variable rest',
    'namespace Outer',
    'interface Outer.Inner',
    'field Outer.Inner.x',
    'method Outer.Inner.m',
    'variable store',
    'method store.open',
    'method store.close',
    'function ambient',
  ]);
});

test('imports of every form are read', () => {
  const text = `import d, { x as y, type T } from './a';
import * as n from 'b';
import './side';
export * from './c';
export { q as r } from './d';
const { z } = require('./e');
const load = () => import('./f');
`;
  const { imports } = readSource('a.ts', text, 'typescript');
  expect(imports.map(({ kind, specifier, names }) => [kind, specifier, names])).toEqual([
    [
      'import',
      './a',
      [
        ['default', 'd'],
        ['x', 'y'],
        ['T', 'T'],
      ],
    ],
    ['import', 'b', [['*', 'n']]],
    ['import', './side', []],
    ['export', './c', [['*', '*']]],
    ['export', './d', [['q', 'r']]],
    ['require', './e', [['z', 'z']]],
    ['dynamic', './f', []],
  ]);
});

test('a name means the nearest declaration around it', () => {
  const text = `import { f } from './f';
f();
function g(f) { f(); { let h = f; h; } }
class f2 { f() { this.f(); f(); } }
type F<f> = f;
`;
  const names = occurrencesOf('a.ts', text, 'typescript').filter(({ name }) => name === 'f');
  const meant = names.map(({ start, binding, member, role }) => [start, member ? 'member' : binding, role]);
  const first = text.indexOf('f');
  const [imported, parameter] = [text.indexOf('{ f }') + 2, text.indexOf('(f)') + 1];
  expect(first).toBeGreaterThan(0);
  expect(meant.filter(([, binding]) => binding === imported).map(([, , role]) => role)).toEqual([
    'import',
    'call',
    'call',
  ]);
  expect(meant.filter(([, binding]) => binding === parameter).map(([, , role]) => role)).toEqual([
    'declaration',
    'call',
    'use',
  ]);
  expect(meant.filter(([, binding]) => binding === 'member').map(([, , role]) => role)).toEqual([
    'declaration',
    'call',
  ]);
});

test('names of Python follow its scopes', () => {
  const text = `x = 1
class A:
    x = 2
    def m(self):
        return x
def f():
    global x
    x = 3
def g():
    x = 4
    return [x for x in range(x)]
`;
  const names = occurrencesOf('a.py', text, 'python').filter(({ name }) => name === 'x');
  const atTop = names.filter(({ top }) => top).map(({ start }) => text.slice(0, start).split('\n').length);
  expect(atTop).toEqual([1, 5, 7, 8]);
});

test('names of Go follow its blocks', () => {
  const text = `package a

func f() int {
	n := n
	if n := 2; n > 1 {
		return n
	}
	return n
}
`;
  const names = occurrencesOf('a.go', text, 'go').filter(({ name }) => name === 'n');
  expect(names.filter(({ binding }) => binding === undefined)).toHaveLength(1);
  const outer = text.indexOf('n := n');
  expect(names.filter(({ binding }) => binding === outer)).toHaveLength(2);
});

test.each([
  ['a.ts', 'typescript', 'export const ok = 1;\nconst = ;\nclass B {}\n'],
  ['a.js', 'javascript', '<<<<<<< ours\nfunction ok() {}\n=======\n>>>>>>> theirs\n'],
  ['a.py', 'python', 'def ok(:\n  pass\nclass B:\n  def c(self): pass\n'],
  ['a.go', 'go', 'package a\nfunc ok( {\n}\ntype B struct {\n'],
] as const)('%s with errors still gives what can be read', (path, reading, text) => {
  const facts = readSource(path, text, reading);
  expect(facts.broken).toBe(true);
  expect(facts.symbols.map(({ name }) => name)).toContain('ok');
});

test('chunks cover each line once, cut where declarations begin', () => {
  const body = Array.from({ length: 12 }, (_, at) => `export function f${at}() {\n${'  step();\n'.repeat(20)}}\n`);
  const { chunks, lines, symbols } = readSource('a.ts', body.join('\n'), 'typescript');
  const covered = chunks.flatMap(({ line, endLine }) =>
    Array.from({ length: endLine - line + 1 }, (_, at) => line + at),
  );
  expect(covered).toEqual(Array.from({ length: lines }, (_, at) => at + 1));
  const starts = new Set(symbols.flatMap(({ line, endLine }) => [line, endLine + 1]));
  for (const { line } of chunks.slice(1)) expect(starts).toContain(line);
});
