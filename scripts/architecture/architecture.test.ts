import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cycles } from './cycles.ts';
import { doorBreaches, importCycles, indexBreaches, packageBreaches, roomBreaches } from './rules.ts';
import type { PackageSources } from './rules.ts';
import { readSources } from './source-file.ts';
import { readArchitecture } from './table.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const architecture = readArchitecture(join(root, 'docs/architecture.md'));
const packages = globSync(['packages/*/package.json', 'examples/*/package.json'], { cwd: root })
  .map((file) => join(root, dirname(file)))
  .filter((folder) => existsSync(join(folder, 'src')))
  .map(readPackage)
  .filter(({ private: hidden }) => !hidden);
const published = new Set(
  packages.flatMap(({ name, manifest }) => Object.keys(manifest.exports ?? {}).map((path) => name + path.slice(1))),
);

function readPackage(folder: string): PackageSources & { readonly private: boolean } {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageSources['manifest'] & {
    readonly name: string;
    readonly private?: boolean;
  };
  const { name, private: hidden = false } = manifest;
  return { name, short: basename(folder), folder, manifest, private: hidden, files: readSources(folder) };
}

describe.each(packages)('$name', (one) => {
  test('imports only the packages that the architecture allows', () => {
    expect(packageBreaches(one, architecture, published)).toEqual([]);
  });
  test('its rooms import downwards', () => {
    expect(roomBreaches(one, architecture)).toEqual([]);
  });
  test('has no import cycle, types included', () => {
    expect(importCycles(one)).toEqual([]);
  });
  test('has an index.ts only where exports names it, and none is imported from inside', () => {
    expect(indexBreaches(one)).toEqual([]);
  });
  test('only the rooms named for it start processes and write files', () => {
    expect(doorBreaches(one, architecture)).toEqual([]);
  });
});

test('every package of the table is there', () => {
  expect([...architecture.packages.keys()].sort()).toEqual(packages.map(({ name }) => name).sort());
});

test('every room and door of the table is there', () => {
  const rooms = new Set(packages.flatMap(({ short, files }) => files.map(({ room }) => `${short}/${room}`)));
  const listed = [...architecture.rooms].flatMap(([short, layers]) => layers.flat().map((room) => `${short}/${room}`));
  const doors = [...architecture.doors.values()].flat();
  expect([...listed, ...doors].filter((room) => !rooms.has(room))).toEqual([]);
});

test('a cycle is found through any number of files', () => {
  const edges: Record<string, string[]> = { a: ['b'], b: ['c', 'd'], c: ['a'], d: ['e'], e: [] };
  expect(cycles(Object.keys(edges), (node) => edges[node]!)).toEqual([['a', 'b', 'c']]);
});
