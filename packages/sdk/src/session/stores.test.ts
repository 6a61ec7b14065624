import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { storeSuite } from '../testing/store-suite.ts';
import { memoryStore } from './memory-store.ts';
import { sqliteStore } from './sqlite-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'capstan-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

describe('memoryStore', () => {
  for (const { name, run } of storeSuite(memoryStore)) test(name, run);
});

describe('sqliteStore', () => {
  for (const { name, run } of storeSuite(() => sqliteStore(join(folder, `${++files}.db`)))) test(name, run);
});

describe('sqliteStore in memory, flushed at each append', () => {
  for (const { name, run } of storeSuite(() => sqliteStore(':memory:', { durability: 'sync' }))) test(name, run);
});
