import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scanText } from '../scan/scan-text.ts';
import { splice } from '../scan/splice.ts';
import { allTemplates } from './all-templates.ts';

const declared = `export interface X { readonly id: string; readonly n: number; readonly tags: readonly string[]; readonly inner?: { readonly ok: boolean } }
export type Word = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h';
`;

/** Programs that type-check under the strictest options, each with a place for a template. */
const programs: readonly string[] = [
  'export const f = (xs: X[]) => xs.reduce((acc, x) => ({ ...acc, [x.id]: x }), {});',
  'export const f = (xs: X[]): Record<string, X> => xs.reduce((acc, x) => ({ ...acc, [x.id]: x }), {});',
  'export const f = (xs: X[]) => xs.reduce<Record<string, X>>((acc, x) => ({ ...acc, [`k${x.id}`]: x }), {});',
  'export const f = (xs: X[]) => xs.reduce((acc: { [x: string]: number }, x) => ({ ...acc, [`k${x.id}`]: (acc[x.id] ?? 0) + 1 }), {});',
  'export const f = (xs: readonly X[]) => xs.reduce((acc, x) => ({ ...acc, [x.id]: [...(acc[x.id] ?? []), x] }), {} as Record<string, X[]>);',
  'export const f = (xs: X[]) => xs.reduce((acc, x) => ({ ...acc, [x.id]: x }), {} as Readonly<Record<string, X>>);',
  'export const f = (xs: X[]) => xs.reduce<Readonly<Record<string, X>>>((acc, x) => ({ ...acc, [x.id]: x }), {});',
  'export const f = (xs: X[]) => xs.reduce((acc, x) => ({ ...acc, total: acc.total + x.n }), { total: 0, count: 1 });',
  'export const f = (xs: X[]) => xs.reduce((acc, x) => { if (x.n < 1) return acc; return { ...acc, total: acc.total + x.n }; }, { total: 0 });',
  'export const f = (xs: X[]) => xs.reduce<string[]>((acc, x) => [...acc, x.id], []);',
  'export const f = (xs: X[]) => xs.reduce((acc, x) => [...acc, ...x.tags], [] as string[]);',
  'export const f = (xs: X[]) => xs.reduce((acc: string[], x) => acc.concat([x.id]), []);',
  'export function f(xs: X[]): string[] { let out: string[] = []; for (const x of xs) out = [...out, x.id]; return out; }',
  'export function f(xs: X[]) { let out = [xs.length]; for (const x of xs) { out = [...out, x.n]; } return out; }',
  'export function f(xs: X[]) { let out: string[] = []; for (const x of xs) { out = [...out, ...x.tags]; } return out; }',
  'export function f(xs: X[]) { let out: (string | number)[] = []; for (const x of xs) { out = out.concat([x.id, x.n]); } return out; }',
  'export function f(xs: X[]) { let out: Record<string, X> = {}; for (const x of xs) { out = { ...out, [x.id]: x }; } return out; }',
  'export function f(xs: X[]) { let out: Record<string, number> = {}; for (const x of xs) { out = { ...out, [`k${x.id}`]: x.n }; } return out; }',
  'export function f(xs: X[]) { let out: Readonly<Record<string, X>> = {}; for (const x of xs) { out = { ...out, [x.id]: x }; } return out; }',
  "const list = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];\nexport const f = (x: string) => list.includes(x);",
  "const list: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];\nexport const f = (x: string) => list.includes(x);",
  "const list: Word[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];\nexport const f = (x: Word) => list.includes(x);",
  "const list: ReadonlyArray<Word> = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];\nexport const f = (x: Word) => list.includes(x);",
  "const list = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;\nexport const f = (x: Word) => list.includes(x);",
  'const list = [1, 2, 3, 4, 5, 6, null, undefined];\nexport const f = (x: number | null) => list.includes(x);',
  "const list = [1, 'b', true, 4, 5, 6, 7, 8];\nexport const f = (x: number | string) => list.includes(x);",
  'export function f(xs: X[], ys: X[]) { const ids = xs.map((x) => x.id); return ys.filter((y) => ids.includes(y.id)); }',
  'export function f(xs: X[], ys: X[]) { const ids: string[] = xs.map((x) => x.id); return ys.filter((y) => !ids.includes(y.id)); }',
  'export function f(xs: X[], ys: X[]) { const all = xs.filter((x) => x.n > 1); for (const y of ys) if (all.includes(y)) return y; return undefined; }',
  'export function f(o: object, ys: string[]) { const keys = Object.keys(o); return ys.some((y) => keys.includes(y)); }',
  'export const f = (xs: X[]) => xs.filter((x) => x.n > 1)[0]?.id;',
  'export const f = (xs: X[]) => xs.filter((x) => x.inner?.ok === true).at(0);',
  'export const f = (xs: readonly X[]) => xs.filter((x) => x.n > 1)[0]!.id;',
  'export const f = (xs: X[]) => { const one: X | undefined = xs.filter((x) => x.n > 1)[0]; return one; };',
  'export const f = (xs: (X | undefined)[]) => xs.filter(Boolean).shift();',
  'export const f = (xs: X[]) => xs.filter((x): x is X & { n: 1 } => x.n === 1).at(0)?.n;',
  'export const f = (xs: X[]): boolean => xs.filter((x) => x.n > 1).length > 0;',
  'export const f = (xs: X[]): boolean => xs.filter((x) => x.n > 1).length === 0;',
  'export const f = (xs: X[]) => (xs.filter((x) => x.n > 1).length ? 1 : 2);',
  'export const f = (s: Set<string>, x: string) => [...s].includes(x) || Array.from(s).length > 1;',
  'export const f = (m: ReadonlyMap<string, X>, x: string) => [...m.keys()].includes(x) && [...m.values()].length;',
];

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

test('TypeScript that type-checks before still does after, with the same types for others to see', () => {
  const root = mkdtempSync(join(tmpdir(), 'capstan-types-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const options = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    declaration: true,
    emitDeclarationOnly: true,
    types: [],
    isolatedModules: true,
  };
  for (const [folder, unchecked] of [
    ['before', true],
    ['before-lax', false],
    ['after', true],
    ['after-lax', false],
  ] as const) {
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, 'declared.ts'), declared);
    writeFileSync(
      join(root, folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { ...options, noUncheckedIndexedAccess: unchecked, outDir: 'out' },
        include: ['*.ts'],
      }),
    );
    for (const [index, program] of programs.entries()) {
      const text = `import type { Word, X } from './declared.js';\nexport type Used = [Word, X];\n${program}\n`;
      const found =
        scanText(text, { path: 'a.ts', templates: allTemplates, accessors: new Set() })?.opportunities ?? [];
      expect({ program, found: found.length > 0 }).toEqual({ program, found: true });
      const edits = found.flatMap((one) => one.edits);
      writeFileSync(
        join(root, folder, `program-${index}.ts`),
        folder.startsWith('before') ? text : splice(text, edits),
      );
    }
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', join(root, folder)], { encoding: 'utf8' });
    expect({ folder, status, stdout }).toEqual({ folder, status: 0, stdout: '' });
  }
  const declarations = (folder: string) =>
    programs.map((_, index) => readFileSync(join(root, folder, 'out', `program-${index}.d.ts`), 'utf8'));
  expect(declarations('after')).toEqual(declarations('before'));
});
