import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy, Rule } from '@capstan/policy';
import type { PatchSummary } from '@capstan/sdk/contract';

/** Files of tests, and those that say which tests there are and how they are run. */
const guarded: readonly string[] = [
  '**/{test,tests,__tests__,spec,specs,e2e,cypress,__mocks__,__snapshots__,fixtures,__fixtures__,testdata}/**',
  '**/*{.,-,_}{test,tests,spec,specs,e2e,cy}.{ts,tsx,mts,cts,js,jsx,mjs,cjs}',
  '**/{test,spec}[-_]*.{js,mjs,cjs,ts,mts,cts}',
  '**/{test_*,*_test,tests,conftest}.py',
  '**/*_test.go',
  '**/*.snap',
  '**/{vitest,jest,playwright,cypress,karma,ava}.config.*',
  '**/{.mocharc*,pytest.ini,tox.ini,noxfile.py,.coveragerc}',
];

/** What running tests leaves behind is nobody's edit. */
const leavings = /(^|\/)(__pycache__|\.pytest_cache|coverage|\.nyc_output|\.vitest|node_modules)(\/|$)|\.py[co]$/;

/** Keeps an agent from changing tests: it is to mend what they test. */
export const testGuard: readonly Rule[] = [
  {
    id: 'tests-stay',
    match: { effect: 'write', paths: guarded },
    verdict: 'deny',
    reason: 'Tests and their settings stay as they are here. Mend the code that they test; if a test is wrong, say so.',
  },
];

/** Names the guarded files that patches changed all the same, by whatever way. */
export async function guardedFiles(root: string, patches: readonly PatchSummary[]): Promise<string[]> {
  const { decide } = await import('@capstan/policy');
  const otherwise = { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' } as const;
  const policy: Policy = { name: 'tests', roots: [root], rules: testGuard, otherwise };
  const paths = new Set(
    patches.flatMap(({ files }) => files.map(({ path }) => path)).filter((path) => !leavings.test(path)),
  );
  return [...paths].filter(
    (path) => decide(policy, { effects: [{ kind: 'write', path: join(root, path) }] }).verdict === 'deny',
  );
}

/** The scripts of a package, to see whether somebody made the tests pass by running others. */
export function scriptsOf(root: string): string {
  try {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts?: unknown };
    return JSON.stringify(scripts ?? null);
  } catch {
    return '';
  }
}
