import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWorktree } from '@capstan/tools';
import { expect, test } from 'vitest';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { openIndex } from '../context/open-index.ts';
import { applyRefactor } from './apply-refactor.ts';
import { planRefactor } from './plan-refactor.ts';

const files = {
  'package.json': '{ "private": true, "type": "module", "scripts": { "test": "node --test" } }\n',
  'cart.js': 'export function total(items) {\n  return items.length;\n}\n',
  'cart.test.js':
    "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport * as cart from './cart.js';\n\ntest('total', () => {\n  assert.equal(cart.total([1]), 1);\n});\n",
};

test('a plan changes nothing; made, it is one patch that can be taken back', async () => {
  using repository = scratchRepository(files);
  const read = () => readFileSync(join(repository.root, 'cart.js'), 'utf8');
  const plan = await planRefactor(repository.root, { kind: 'rename', target: 'total', name: 'size' });
  expect(plan).toMatchObject({
    summary: 'rename total to size: 2 places in 2 files',
    files: [
      { path: 'cart.js', change: 'modify', places: 1 },
      { path: 'cart.test.js', change: 'modify', places: 1 },
    ],
  });
  expect(plan.diff).toContain('+export function size(items) {');
  expect(read()).toBe(files['cart.js']);
  const tree = await openWorktree(repository.root);
  try {
    const { patch, state } = await applyRefactor(tree, plan);
    expect(state).toBe('applied');
    expect(read()).toContain('size');
    await tree.patches.rollback(patch.id);
    expect(read()).toBe(files['cart.js']);
    await tree.patches.apply(patch.id);
    expect(read()).toContain('size');
    await expect(applyRefactor(tree, plan)).rejects.toMatchObject({ code: 'conflict' });
  } finally {
    tree.close();
  }
});

test('a change that breaks a test is taken back', { timeout: 60_000 }, async () => {
  using repository = scratchRepository({
    ...files,
    'cart.test.js': `${files['cart.test.js']}\ntest('name', () => {\n  assert.deepEqual(Object.keys(cart), ['total']);\n});\n`,
  });
  const index = await openIndex(repository.root, { folder: false });
  const plan = await planRefactor(repository.root, { kind: 'rename', target: 'total', name: 'size' }, { index });
  const tree = await openWorktree(repository.root);
  try {
    const { state, tests } = await applyRefactor(tree, plan, { tests: index });
    expect(state).toBe('taken back');
    expect(tests?.tests.filter(({ status }) => status === 'failed').map(({ test: name }) => name)).toEqual(['name']);
    expect(readFileSync(join(repository.root, 'cart.js'), 'utf8')).toBe(files['cart.js']);
  } finally {
    tree.close();
    await index.close();
  }
});
