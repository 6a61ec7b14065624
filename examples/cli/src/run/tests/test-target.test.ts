import type { Stack, StackPackage } from '@capstan/code';
import { expect, test } from 'vitest';
import { allTargets, fileTargets, targetWords } from './test-target.ts';

function stackOf(...packages: readonly Partial<StackPackage>[]): Stack {
  const whole = packages.map((one): StackPackage => ({
    path: '.',
    role: 'root',
    languages: [],
    packageManagers: [],
    frameworks: [],
    testRunners: [],
    runtimes: [],
    commands: [],
    ...one,
  }));
  return { root: '/repo', packages: whole, workspaces: [], workflows: [], conflicts: [], warnings: [] };
}

const script = (body: string, command = 'npm test', cwd = '.') => ({
  commands: [
    {
      purpose: 'test' as const,
      command,
      cwd,
      confidence: 0.97,
      evidence: [{ file: 'package.json', line: 3, says: `script test: ${body}` }],
    },
  ],
});

test.each([
  ['vitest run', ['vitest']],
  ['npm run lint && vitest run --coverage', ['vitest']],
  ['vitest run --config vitest.unit.config.ts', ['npm test']],
  ['NODE_ENV=test vitest run', ['npm test']],
  ['turbo run test', ['npm test']],
])('a root whose script is "%s" is tested by %j', (body, words) => {
  const targets = allTargets({ stack: stackOf(script(body)), runnersIn: () => ['vitest'] });
  expect(targets.map(targetWords)).toEqual(words);
});

test('runners of different languages are all run; of one language the first', () => {
  const targets = allTargets({ stack: stackOf({}), runnersIn: () => ['vitest', 'jest', 'pytest', 'go'] });
  expect(targets.map(targetWords)).toEqual(['vitest', 'pytest', 'go']);
});

test('packages are looked at where the root has no tests', () => {
  const stack = stackOf(
    {},
    { path: 'a', role: 'member', ...script('mocha', 'npm test', 'a') },
    { path: 'b', role: 'separate' },
  );
  const targets = allTargets({ stack, runnersIn: (folder) => (folder === '/repo/b' ? ['pytest'] : []) });
  expect(targets.map(targetWords)).toEqual(['npm test in a', 'pytest in b']);
});

test('quotes of a command are taken off', () => {
  const [target] = allTargets({ stack: stackOf(script('x', `node 'a b.js' "c d"`)), runnersIn: () => [] });
  expect(target).toMatchObject({ argv: ['node', 'a b.js', 'c d'] });
});

test('files go to the nearest folder with a runner for them, others to a runner by its command', () => {
  const stack = stackOf(
    {},
    {
      path: 'web',
      role: 'member',
      testRunners: [{ value: 'mocha', confidence: 1, evidence: [] }],
      packageManagers: [{ value: 'pnpm', confidence: 1, evidence: [] }],
    },
  );
  const runnersIn = (folder: string) =>
    folder === '/repo/api' ? (['pytest'] as const) : folder === '/repo' ? (['vitest'] as const) : [];
  expect(
    fileTargets(['api/test_a.py', 'src/a.test.ts', 'src/b.test.ts'], { stack, runnersIn }).map(targetWords),
  ).toEqual(['pytest test_a.py in api', 'vitest src/a.test.ts src/b.test.ts']);
  expect(fileTargets(['web/test/a.js'], { stack, runnersIn: () => [] }).map(targetWords)).toEqual([
    'pnpm exec mocha test/a.js in web',
  ]);
  expect(fileTargets(['x/test_a.py'], { stack, runnersIn: () => ['vitest'] })).toEqual([]);
});

test('where no tests are known, what to do is said', () => {
  expect(() => allTargets({ stack: stackOf(), runnersIn: () => [] })).toThrow(/No tests were found here/);
});
