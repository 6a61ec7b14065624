import { expect, test } from 'vitest';
import { goService } from '../context/__fixtures__/go-service.ts';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import type { CodeIndex } from '../context/code-index.ts';
import { openIndex } from '../context/open-index.ts';
import { findCoverage } from './find-coverage.ts';
import { testsOfChange } from './tests-of-change.ts';
import { testsOf } from './tests-of.ts';

const shop = {
  'package.json': '{ "name": "shop" }',
  'src/money.ts': 'export const cents = (n: number) => n * 100;\n',
  'src/cart.ts': "import { cents } from './money.ts';\nexport const total = (list: number[]) => list.map(cents);\n",
  'src/page.ts': "import { total } from './cart.ts';\nexport const page = () => total([1]);\n",
  'src/lonely.ts': 'export const alone = 1;\n',
  'src/money.test.ts': "import { cents } from './money.ts';\ntest('x', () => cents(1));\n",
  'src/cart.test.ts':
    "import { total } from './cart.ts';\nimport { basket } from '../test/helpers.ts';\ntest('x', () => total(basket));\n",
  'test/page.spec.ts': "import { page } from '../src/page.ts';\ntest('x', () => page());\n",
  'test/helpers.ts': 'export const basket = [1];\n',
};

async function indexed<T>(files: Readonly<Record<string, string>>, use: (index: CodeIndex) => T): Promise<T> {
  using repository = scratchRepository(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.replaceAll('ROOT', '')])),
  );
  return use(await openIndex(repository.root, { folder: false }));
}

const paths = (tests: readonly { readonly path: string }[]): string[] => tests.map(({ path }) => path);

test('tests of a file are those that reach it, the nearest first, each with its reasons', async () => {
  await indexed(shop, (index) => {
    const found = testsOf(index, 'src/money.ts');
    expect(paths(found)).toEqual(['src/money.test.ts', 'src/cart.test.ts', 'test/page.spec.ts']);
    expect(found[0]?.reasons.map(({ kind }) => kind)).toEqual(['imports it', 'named after it']);
    expect(found[1]?.reasons).toEqual([{ kind: 'reaches it', says: 'imports it through src/cart.ts', weight: 0.7 }]);
    expect(found[2]?.reasons[0]?.says).toBe('imports it through src/page.ts, src/cart.ts');
    for (const { confidence } of found) expect(confidence > 0 && confidence <= 0.99).toBe(true);
    expect(testsOf(index, 'src/lonely.ts')).toEqual([]);
    expect(testsOf(index, 'src/cart.test.ts')).toMatchObject([{ path: 'src/cart.test.ts', confidence: 1 }]);
    expect(paths(testsOf(index, 'test/helpers.ts'))).toEqual(['src/cart.test.ts']);
  });
});

test('tests of Go are those of the package', async () => {
  await indexed(goService, (index) => {
    expect(paths(testsOf(index, 'internal/store/errors.go'))).toContain('internal/store/store_test.go');
  });
});

test('a change of settings may concern every test, and a source without tests is told', async () => {
  await indexed(shop, (index) => {
    const found = testsOfChange(index, ['src/cart.ts', 'src/lonely.ts']);
    expect(paths(found.tests)).toEqual(['src/cart.test.ts', 'test/page.spec.ts']);
    expect(found.tests[0]?.of).toEqual(['src/cart.ts']);
    expect(found.uncovered).toEqual(['src/lonely.ts']);
    expect(found.all).toBeUndefined();
    expect(testsOfChange(index, ['package.json']).all).toBe('package.json');
  });
});

const istanbul = (path: string, counts: readonly number[]): string =>
  JSON.stringify({
    [path]: { path, statementMap: {}, fnMap: {}, branchMap: {}, s: Object.fromEntries(counts.entries()), f: {}, b: {} },
  });

test.each([
  ['coverage/coverage-final.json', istanbul('/elsewhere/shop/src/money.ts', [1, 0, 2]), 2, 3],
  [
    'coverage/coverage-summary.json',
    '{"total":{},"/elsewhere/shop/src/money.ts":{"lines":{"total":4,"covered":1,"skipped":0,"pct":25}}}',
    1,
    4,
  ],
  ['coverage/lcov.info', 'TN:\nSF:src/money.ts\nDA:1,1\nDA:2,0\nend_of_record\n', 1, 2],
  [
    'coverage.xml',
    '<?xml version="1.0"?>\n<coverage><sources><source>/elsewhere/shop/src</source></sources><packages><package><classes><class name="money" filename="money.ts"><lines><line number="1" hits="0"/><line number="2" hits="3"/></lines></class></classes></package></packages></coverage>',
    1,
    2,
  ],
  [
    'coverage.json',
    '{"meta":{"version":"7"},"files":{"src/money.ts":{"executed_lines":[1],"missing_lines":[2,3],"summary":{}}}}',
    1,
    3,
  ],
])('%s is read', async (name, text, covered, total) => {
  await indexed({ ...shop, [name]: text }, (index) => {
    const coverage = findCoverage(index);
    expect(coverage.files.get('src/money.ts')).toMatchObject({ covered, total });
    expect(coverage.sources).toEqual([name]);
  });
});

test('a profile of Go is read by the path of its module', async () => {
  const profile =
    'mode: set\nexample.com/queue/internal/store/store.go:5.10,8.2 3 1\nexample.com/queue/internal/store/store.go:9.10,12.2 2 0\n';
  await indexed({ ...goService, 'cover.out': profile }, (index) => {
    expect(findCoverage(index).files.get('internal/store/store.go')).toMatchObject({ covered: 3, total: 5 });
  });
});

test('coverage of each test says more than imports do, and what never ran is doubted', async () => {
  const contexts =
    '{"meta":{},"files":{"src/lonely.ts":{"executed_lines":[1],"missing_lines":[],"contexts":{"1":["","src/cart.test.ts::x|run"]}},"src/money.ts":{"executed_lines":[],"missing_lines":[1]}}}';
  await indexed({ ...shop, 'coverage.json': contexts }, (index) => {
    const coverage = findCoverage(index);
    expect(testsOf(index, 'src/lonely.ts', { coverage })).toMatchObject([
      { path: 'src/cart.test.ts', confidence: 0.97, reasons: [{ kind: 'coverage' }] },
    ]);
    const [sure] = testsOf(index, 'src/money.ts');
    const [doubted] = testsOf(index, 'src/money.ts', { coverage });
    expect(doubted?.confidence).toBeLessThan(sure?.confidence ?? 0);
    expect(doubted?.reasons.at(-1)?.says).toContain('no line of it was run');
  });
});

test('what V8 writes for a process tells which test ran what', async () => {
  using repository = scratchRepository(shop);
  const url = (path: string): string => `file://${repository.root}/${path}`;
  const script = (path: string, count: number) => ({
    url: url(path),
    functions: [{ ranges: [{ count: 1 }] }, { ranges: [{ count }] }],
  });
  repository.write(
    'coverage/tmp/coverage-1.json',
    JSON.stringify({
      result: [script('test/page.spec.ts', 1), script('src/lonely.ts', 4), { url: 'node:fs', functions: [] }],
    }),
  );
  const index = await openIndex(repository.root, { folder: false });
  expect(paths(testsOf(index, 'src/lonely.ts', { coverage: findCoverage(index) }))).toEqual(['test/page.spec.ts']);
});

test('data that are damaged or of elsewhere are left alone', async () => {
  const damaged = {
    'coverage/coverage-final.json': '{"a":',
    'coverage/lcov.info': 'SF:/other/x.ts\nDA:1,1\nend_of_record',
    'cover.out': 'mode: set\nrubbish',
    'coverage.xml': '<coverage>',
  };
  await indexed({ ...shop, ...damaged }, (index) =>
    expect(findCoverage(index)).toEqual({ files: new Map(), sources: [] }),
  );
});
