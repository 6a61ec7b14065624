import { expect, test } from 'vitest';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { openIndex } from '../context/open-index.ts';
import { describePlace } from './describe-place.ts';

const files = {
  'src/price.ts':
    '/** Adds tax. */\nexport function withTax(net: number, rate = 0.19) {\n  if (rate < 0) throw new Error("rate");\n  return round(net * (1 + rate));\n}\n\nfunction round(value: number) {\n  return Math.round(value * 100) / 100;\n}\n',
  'src/cart.ts':
    "import { withTax } from './price.ts';\n\nexport class Cart {\n  total(net: number) {\n    return withTax(net);\n  }\n}\n",
  'test/price.test.ts': "import { withTax } from '../src/price.ts';\ntest('tax', () => withTax(1));\n",
  'tool.py':
    'class Tool:\n    """Does."""\n\n    @property\n    def name(self):\n        return helper()\n\n\ndef helper():\n    return 1\n',
  'go.mod': 'module x\n',
  'a.go': 'package x\n\n// Run runs.\nfunc Run() { stop() }\n',
  'b.go': 'package x\n\nfunc stop() {}\n',
};

function repository() {
  const made = scratchRepository(files);
  made.git('init', '-q');
  made.git('add', '-A');
  made.git('commit', '-q', '-m', 'add prices');
  made.write('src/price.ts', files['src/price.ts'].replace('0.19', '0.2'));
  made.git('commit', '-q', '-am', 'raise the tax');
  return made;
}

test('a line tells of its declaration, who calls it, what it calls, its tests and its past', async () => {
  using made = repository();
  const index = await openIndex(made.root, { folder: false });
  const told = await describePlace(index, { path: 'src/price.ts', lines: [4, 4] });
  expect(told.symbol).toMatchObject({
    name: 'withTax',
    doc: 'Adds tax.',
    line: 2,
    endLine: 5,
    measures: { complexity: 2 },
  });
  expect(told.callers).toEqual([{ name: 'Cart.total', path: 'src/cart.ts', line: 5 }]);
  expect(told.calls).toEqual([{ name: 'round', path: 'src/price.ts', line: 7 }]);
  expect(told.references).toMatchObject({ total: 4, sure: 4 });
  expect(told.tests[0]).toEqual({ path: 'test/price.test.ts', why: 'uses it', line: 2 });
  expect(told.history.map(({ subject }) => subject)).toEqual(['raise the tax', 'add prices']);
  const later = await describePlace(index, { path: 'src/price.ts', lines: [8, 8] });
  expect(later.symbol?.name).toBe('round');
  expect(later.history.map(({ subject }) => subject)).toEqual(['add prices']);
});

test('a decorated member of Python and a function of Go are told of as well', async () => {
  using made = repository();
  const index = await openIndex(made.root, { folder: false });
  const name = await describePlace(index, { path: 'tool.py', lines: [4, 4] });
  expect(name.symbol).toMatchObject({ name: 'name', container: 'Tool' });
  expect(name.calls).toEqual([{ name: 'helper', path: 'tool.py', line: 9 }]);
  const run = await describePlace(index, { path: 'a.go', lines: [4, 4] });
  expect(run).toMatchObject({ symbol: { name: 'Run', doc: 'Run runs.' }, calls: [{ name: 'stop', path: 'b.go' }] });
});

test('a file is told of by its outline, its imports and the uses of what it gives', async () => {
  using made = repository();
  const index = await openIndex(made.root, { folder: false });
  const told = await describePlace(index, { path: 'src/price.ts' });
  expect(told.symbol).toBeUndefined();
  expect(told.outline.map(({ name }) => name)).toEqual(['withTax', 'round']);
  expect(told.importedBy).toEqual(['src/cart.ts', 'test/price.test.ts']);
  expect(told.references.shown.map(({ path }) => path)).toContain('src/cart.ts');
});

test('what is masked is told of nowhere', async () => {
  using made = repository();
  const index = await openIndex(made.root, { folder: false });
  const told = await describePlace(
    index,
    { path: 'src/price.ts', lines: [2, 2] },
    { mask: (path) => path !== 'src/cart.ts' },
  );
  expect(JSON.stringify(told)).not.toContain('cart');
});

test('lines and files that are not there are a mistake that is named', async () => {
  using made = repository();
  const index = await openIndex(made.root, { folder: false });
  await expect(describePlace(index, { path: 'src/price.ts', lines: [90, 91] })).rejects.toThrow(
    'src/price.ts has 9 lines; 90-91 lies behind its end.',
  );
  await expect(describePlace(index, { path: 'nothing.ts' })).rejects.toMatchObject({ code: 'not_found' });
});

test('without git there is no past, and all else is told', async () => {
  using made = scratchRepository(files);
  const index = await openIndex(made.root, { folder: false });
  const told = await describePlace(index, { path: 'src/price.ts', lines: [2, 2] });
  expect(told.history).toEqual([]);
  expect(told.callers).toHaveLength(1);
});
