import { expect, test } from 'vitest';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { openIndex } from '../context/open-index.ts';
import type { TextChange } from './changed-file.ts';
import { reviewChanges } from './review-changes.ts';

const base = {
  'src/price.ts': 'export function withTax(net: number) {\n  return net * 1.19;\n}\n\nexport const rate = 0.19;\n',
  'src/cart.ts':
    "import { rate, withTax } from './price.ts';\n\nexport const total = (net: number) => withTax(net) + rate;\n",
  'test/price.test.ts': "import { withTax } from '../src/price.ts';\ntest('tax', () => withTax(1));\n",
  'pkg/job.py': 'import os\n\n\ndef run(task):\n    return task()\n',
  'pkg/use.py': 'from pkg.job import run\n\nrun(print)\n',
};

/** Reviews what becomes of the files when these are put in their place; `undefined` takes one away. */
async function review(after: Readonly<Record<string, string | undefined>>) {
  using made = scratchRepository(base);
  const changes: TextChange[] = [];
  for (const [path, text] of Object.entries(after)) {
    const before = (base as Record<string, string | undefined>)[path];
    if (text === undefined) made.remove(path);
    else made.write(path, text);
    changes.push({ path, ...(before === undefined ? {} : { before }), ...(text === undefined ? {} : { after: text }) });
  }
  const index = await openIndex(made.root, { folder: false });
  return await reviewChanges(index, changes);
}

const rulesOf = async (path: string, text: string) =>
  (await review({ [path]: text })).findings
    .filter(({ rule }) => rule !== 'untested')
    .map(({ rule, line }) => `${rule}:${line}`);

test('a changed head tells its callers and tests; those outside the change are a finding', async () => {
  const { files, findings } = await review({
    'src/price.ts': base['src/price.ts']
      .replace('net: number', 'net: number, rate: number')
      .replace('1.19', '(1 + rate)'),
  });
  expect(files[0]).toMatchObject({
    change: 'modify',
    importedBy: ['src/cart.ts', 'test/price.test.ts'],
    symbols: [
      {
        name: 'withTax',
        change: 'signature',
        callers: [{ name: 'total', path: 'src/cart.ts', line: 3 }],
        tests: [{ path: 'test/price.test.ts', why: 'uses it', line: 2 }],
      },
    ],
  });
  expect(findings[0]).toMatchObject({ rule: 'changed-signature', severity: 'medium', line: 1 });
  expect(findings[0]?.detail).toContain('src/cart.ts:3');
});

test('a name that is gone and still imported is found where it is imported', async () => {
  const { findings } = await review({
    'src/price.ts': base['src/price.ts'].replace('export const rate', 'const rate'),
  });
  expect(findings[0]).toMatchObject({ rule: 'missing-export', severity: 'high', path: 'src/cart.ts', line: 1 });
  expect(findings[0]?.title).toContain('rate');
});

test('a file that is gone and still imported is found, in TypeScript and Python', async () => {
  const { findings } = await review({ 'src/price.ts': undefined, 'pkg/job.py': undefined });
  expect(findings.filter(({ rule }) => rule === 'missing-file').map(({ path }) => path)).toEqual([
    'pkg/use.py',
    'src/cart.ts',
    'test/price.test.ts',
  ]);
});

test.each([
  ['src/a.ts', "import { x } from './nowhere.ts';\nimport './a.css';\nx();\n", ['missing-file:1', 'missing-file:2']],
  ['src/a.ts', "import { rate } from './price.ts';\nexport const b = rate;\n", []],
  ['src/a.ts', "import { nope } from './price.ts';\nexport const b = nope;\n", ['missing-export:1']],
  ['src/a.ts', 'export function a() {\n  debugger;\n  console.log(1);\n}\n', ['debugger:2', 'debug-output:3']],
  ['src/a.ts', 'export const a = "console.log( debugger; TODO"; // eval(\n', []],
  ['src/a.ts', 'try {\n  f();\n} catch {}\ntry {\n  g();\n} catch {\n  // not there is fine\n}\n', ['empty-handler:3']],
  ['src/a.ts', '// TODO later\n// @ts-ignore\nf(1);\n', ['silenced-check:2', 'left-note:1']],
  [
    'src/a.ts',
    'db.query("SELECT * FROM a WHERE b = " + b);\ndb.query("SELECT 1 WHERE a = $1", [a]);\n',
    ['composed-query:1'],
  ],
  [
    'src/a.ts',
    'el.innerHTML = text;\nrequest({ rejectUnauthorized: false });\n',
    ['unverified-tls:2', 'unsafe-call:1'],
  ],
  ['src/a.test.ts', "test.only('a', () => {});\ntest.skip('b', () => {});\n", ['focused-test:1', 'skipped-test:2']],
  [
    'a.py',
    'def f():\n    """print("""\n    breakpoint()\n    try:\n        g()\n    except ValueError:\n        pass\n',
    ['debugger:3', 'empty-handler:6'],
  ],
  ['a.py', 'subprocess.run(x, shell=True)\ncur.execute(f"select {x} where")\n', ['composed-query:2', 'unsafe-call:1']],
  ['a.go', 'package a\n\nfunc f() {\n\tfmt.Println("x")\n}\n', ['debug-output:4']],
  ['notes.md', '<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n', ['merge-conflict:1', 'merge-conflict:5']],
])('%s: %j shows %j', async (path, text, rules) => {
  const found = await rulesOf(path, text);
  expect(found.toSorted()).toEqual(rules.toSorted());
});

test('only added lines are looked at, and a file that always printed may go on', async () => {
  using made = scratchRepository({});
  const index = await openIndex(made.root, { folder: false });
  const before = 'console.log("start"); // TODO\ndebugger;\n';
  const { findings } = await reviewChanges(index, [{ path: 'a.js', before, after: `${before}console.log("end");\n` }]);
  expect(findings).toEqual([]);
});

test('comments alone are no change of code', async () => {
  const { files, findings } = await review({ 'src/price.ts': `// Prices.\n${base['src/price.ts']}` });
  expect(files[0]).toMatchObject({ commentsOnly: true, symbols: [] });
  expect(findings).toEqual([]);
});

test('new code without a test, and a function that grew too large, are found', async () => {
  const branches = Array.from({ length: 17 }, (_, at) => `  if (x === ${at}) return ${at};\n`).join('');
  const { findings } = await review({ 'src/big.ts': `export function big(x: number) {\n${branches}}\n` });
  expect(findings.map(({ rule }) => rule)).toEqual(['large-function', 'untested']);
});

test.each([
  ['net: number, rate = 0.19', 0],
  ['net: number, rate?: number, note?: string', 0],
  ['net: number, rate: number', 1],
  ['gross: string', 1],
  ['net: number, ...more: number[]', 0],
])('callers need not be looked at where they still fit: (%s)', async (parameters, count) => {
  const { findings } = await review({ 'src/price.ts': base['src/price.ts'].replace('net: number', parameters) });
  expect(findings.filter(({ rule }) => rule === 'changed-signature')).toHaveLength(count);
});
