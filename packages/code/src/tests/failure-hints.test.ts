import { expect, test } from 'vitest';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { openIndex } from '../context/open-index.ts';
import { commonSuspects, failureHints } from './failure-hints.ts';
import { parseFailures } from './parse-failures.ts';
import { changesIn, recentChanges } from './recent-changes.ts';

const files = {
  'src/price.js': 'export function price(item) {\n  return item.cents / 100;\n}\n',
  'src/cart.js':
    "import { price } from './price.js';\nexport function total(list) {\n  let sum = 0;\n  for (const one of list) sum += price(one);\n  return sum;\n}\n",
  'src/other.js': 'export const other = 1;\n',
  'src/cart.test.js':
    "import { total } from './cart.js';\ntest('total adds prices', () => expect(total([{ cents: 100 }])).toBe(1));\n",
};

const failed = (message: string, stack: string): string =>
  ` FAIL  src/cart.test.js > total adds prices\n${message}\n${stack}\n⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯\n\n Test Files  1 failed (1)\n`;

test('what changed last and lies behind the test is to blame before what did not', async () => {
  using repository = scratchRepository(files);
  repository.git('init', '-q');
  repository.git('add', '-A');
  repository.git('commit', '-qm', 'start');
  repository.write('src/price.js', files['src/price.js'].replace('/ 100', '/ 10'));
  repository.write('src/other.js', 'export const other = 2;\n');
  const index = await openIndex(repository.root, { folder: false });
  const text = failed('AssertionError: expected 10 to be 1 // Object.is equality', ' ❯ src/cart.test.js:2:70');
  const failures = parseFailures(text, { root: repository.root });
  const [hint] = failureHints(failures, { index, changes: await recentChanges(repository.root) });
  expect(hint?.says).toBe('AssertionError: expected 10 to be 1 // Object.is equality');
  expect(hint?.suspects[0]).toMatchObject({ path: 'src/price.js', line: 2, symbol: 'price' });
  expect(hint?.suspects[0]?.reasons[0]).toBe(
    'it has changes that are not committed, and the test imports it in 2 steps',
  );
  expect(hint?.suspects.map(({ path }) => path)).not.toContain('src/other.js');
});

test('a commit that touched the line of the stack is named', async () => {
  using repository = scratchRepository(files);
  repository.git('init', '-q');
  repository.git('add', '-A');
  repository.git('commit', '-qm', 'start');
  repository.write('src/cart.js', files['src/cart.js'].replace('price(one)', 'price(one.item)'));
  repository.git('commit', '-qam', 'fix(cart): items are wrapped');
  const index = await openIndex(repository.root, { folder: false });
  const text = failed(
    "TypeError: Cannot read properties of undefined (reading 'cents')",
    ' ❯ price src/price.js:2:15\n ❯ total src/cart.js:4:33\n ❯ src/cart.test.js:2:42',
  );
  const [hint] = failureHints(parseFailures(text, { root: repository.root }), {
    index,
    changes: await recentChanges(repository.root),
  });
  expect(hint?.advice).toBe('Something is undefined where .cents is read: see what gives it.');
  expect(hint?.suspects[0]?.path).toBe('src/cart.js');
  expect(hint?.suspects[0]?.reasons.join('\n')).toMatch(/commit \w+ "fix\(cart\): items are wrapped" changed it/);
  expect(hint?.suspects[0]?.reasons.join('\n')).toContain('the change is at line 4, where the stack goes through');
  expect(commonSuspects(hint ? [hint, hint] : [])[0]?.path).toBe('src/cart.js');
});

test('a file that was removed is named where the failure misses it', async () => {
  using repository = scratchRepository({ ...files, 'src/gone.js': 'export const gone = 1;\n' });
  repository.git('init', '-q');
  repository.git('add', '-A');
  repository.git('commit', '-qm', 'start');
  repository.remove('src/gone.js');
  const index = await openIndex(repository.root, { folder: false });
  const text = failed(
    "Error: Cannot find module './gone.js' imported from src/cart.test.js",
    ' ❯ src/cart.test.js:1:1',
  );
  const [hint] = failureHints(parseFailures(text, { root: repository.root }), {
    index,
    changes: await recentChanges(repository.root),
  });
  expect(hint?.advice).toContain('./gone.js is not there');
  expect(hint?.suspects[0]).toMatchObject({ path: 'src/gone.js' });
});

test('without git there are hints all the same', async () => {
  using repository = scratchRepository(files);
  const index = await openIndex(repository.root, { folder: false });
  const changes = await recentChanges(repository.root);
  const [hint] = failureHints(parseFailures(failed('Error: x', ' ❯ src/cart.test.js:2:1'), { root: repository.root }), {
    index,
    changes,
  });
  expect(changes).toEqual([]);
  expect(hint?.suspects.map(({ path }) => path)).toEqual(['src/cart.js']);
});

test('lines of a diff are those of the new file, and words in it that look like heads are no heads', () => {
  const diff =
    'diff --git a/x.js b/x.js\n--- a/x.js\n+++ b/x.js\n@@ -3,2 +3,1 @@ f\n-a\n--- b\n+++ c\n@@ -9 +8,3 @@\n-q\n+1\n+2\n+3\ndiff --git a/y b/y\ndeleted file mode 100644\n--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\n';
  expect(changesIn(diff)).toEqual([
    {
      path: 'x.js',
      lines: [
        [3, 3],
        [8, 10],
      ],
    },
    { path: 'y', lines: [] },
  ]);
});
