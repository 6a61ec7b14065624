import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { doorBreaches, importCycles, indexBreaches, packageBreaches, roomBreaches } from './rules.ts';
import type { PackageSources } from './rules.ts';
import { readSources } from './source-file.ts';
import type { Architecture } from './table.ts';

const scratch = mkdtempSync(join(tmpdir(), 'capstan-architecture-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const architecture: Architecture = {
  packages: new Map([['@capstan/tools', { folder: 'packages/tools', mayImport: ['@capstan/sdk/contract'] }]]),
  rooms: new Map([['tools', [['low'], ['left', 'right'], ['high']]]]),
  doors: new Map([
    ['starts a process for an agent', ['tools/low']],
    ["writes in the user's tree", []],
    ['writes files of its own', ['tools/low']],
  ]),
};
const published = new Set(['@capstan/sdk', '@capstan/sdk/contract', '@capstan/sdk/testing', '@capstan/policy']);

function packageOf(files: Readonly<Record<string, string>>): PackageSources {
  const folder = mkdtempSync(join(scratch, 'p'));
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, 'src', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const manifest = { exports: { '.': { '@capstan/source': './src/index.ts' } } };
  return { name: '@capstan/tools', short: 'tools', folder, manifest, files: readSources(folder) };
}

test.each([
  ['another package', `import { createAgent } from '@capstan/sdk';`],
  ['another package for a type', `import type { Policy } from '@capstan/policy';`],
  ['a type inside a type', `export type P = import('@capstan/policy').Policy;`],
  ['another package at run time', `export const load = () => import('@capstan/policy');`],
  ['a path inside a package', `import { x } from '@capstan/sdk/dist/x.js';`],
  ['a file of another package', `import { x } from '../../../sdk/src/x.ts';`],
  ['re-exported', `export { x } from '@capstan/policy';`],
])('%s is refused', (_, text) => {
  expect(packageBreaches(packageOf({ 'low/a.ts': text }), architecture, published)).toHaveLength(1);
});

test('what the table allows, and anything published in a test, passes', () => {
  const files = {
    'low/a.ts': `import type { Tool } from '@capstan/sdk/contract';`,
    'low/a.test.ts': `import { createAgent } from '@capstan/sdk';`,
  };
  expect(packageBreaches(packageOf(files), architecture, published)).toEqual([]);
});

test.each([
  ['upwards', 'low/a.ts', '../high/b.ts'],
  ['upwards in a type', 'low/a.ts', '../high/b.ts', 'import type'],
  ['sideways', 'left/a.ts', '../right/b.ts'],
  ['to what stands above', 'high/a.ts', '../index.ts'],
])('an import %s is refused', (_, from, to, keyword = 'import') => {
  const target = join('src', dirname(from), to).replace('src/', '');
  const files = { [target]: 'export type B = 1;', [from]: `${keyword} { B } from '${to}';` };
  expect(roomBreaches(packageOf(files), architecture)).toHaveLength(1);
});

test('a room that the table does not know is refused', () => {
  expect(roomBreaches(packageOf({ 'utils/a.ts': '' }), architecture)).toEqual([
    'tools/utils is not in the table of rooms',
  ]);
});

test('a circle of type imports within one room is found', () => {
  const files = {
    'low/a.ts': `import type { B } from './b.ts'; export interface A { b: B }`,
    'low/b.ts': `import type { A } from './a.ts'; export interface B { a: A }`,
  };
  expect(importCycles(packageOf(files))).toHaveLength(1);
});

test.each([
  ['an index that exports does not name', { 'low/index.ts': '' }],
  ['an index without names', { 'index.ts': `export * from './low/a.ts';`, 'low/a.ts': 'export const a = 1;' }],
  [
    'an import of an index',
    { 'index.ts': `export { a } from './low/a.ts';`, 'low/a.ts': `import '../index.ts'; export const a = 1;` },
  ],
])('%s is refused', (_, files) => {
  expect(indexBreaches(packageOf(files))).toHaveLength(1);
});

test.each([
  [`import { spawn } from 'node:child_process';`],
  [`import { writeFile } from 'node:fs/promises';`],
  [`import * as fs from 'node:fs'; fs.promises.rm('x');`],
  [`import fs from 'fs'; fs.mkdirSync('x');`],
  [`const { rm } = await import('node:fs/promises');`],
])('%s is refused outside the rooms named for it', (text) => {
  const breaches = doorBreaches(packageOf({ 'high/a.ts': text, 'low/a.ts': text }), architecture);
  expect(breaches).toHaveLength(1);
  expect(breaches[0]).toMatch(/^tools\/high/);
});

test('reading files is everyone’s', () => {
  const text = `import { readFile, stat } from 'node:fs/promises'; import fs from 'node:fs'; fs.readFileSync('x');`;
  expect(doorBreaches(packageOf({ 'high/a.ts': text }), architecture)).toEqual([]);
});
