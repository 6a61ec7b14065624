import { stripVTControlCharacters } from 'node:util';
import { compilerFailures, eslintFailures, tscFailures } from './checker-failures.ts';
import { failureKey, type FailureOptions, type TestFailure } from './failure.ts';
import { goFailures } from './go-failures.ts';
import { pytestFailures, unittestFailures } from './python-failures.ts';
import { jestFailures, mochaFailures, nodeFailures, tapFailures, vitestFailures } from './script-failures.ts';

const maxText = 4_000_000;

type Read = (text: string, options: FailureOptions) => TestFailure[];

/** A runner's reader, and the sign in its output that it is the one. */
const readers: readonly (readonly [sign: RegExp, read: Read])[] = [
  [/^[ \t]*Test Files\s+\d|^[ \t]*FAIL\s{1,2}.* > |⎯{5,}.*Failed (Tests|Suites)/m, vitestFailures],
  [/^[ \t]*● |^Test Suites:/m, jestFailures],
  [/^✖ failing tests:|^Failed tests:/m, nodeFailures],
  [/^[ \t]*not ok \d+/m, tapFailures],
  [/^[ \t]+\d+ failing\b/m, mochaFailures],
  [/^(FAILED|ERROR) \S+\.py|^={3,} (FAILURES|ERRORS) ={3,}/m, pytestFailures],
  [/^(FAIL|ERROR): \S+ \(/m, unittestFailures],
  [
    /^[ \t]*--- FAIL: |^FAIL\s+\S+\/\S+ |"Action":"fail"|\[build failed\]|^# \S+\n(vet: )?\.?\/?\S+\.go:\d+/m,
    goFailures,
  ],
  [/error TS\d+:/, tscFailures],
  [/^✖ \d+ problems?/m, eslintFailures],
  [/^[^\s:]+\.\w+:\d+(:\d+)?:? (fatal )?error:? /m, compilerFailures],
];

/**
 * Reads what failed out of the output of Vitest, Jest, node:test, TAP, Mocha, pytest, unittest, `go test`, `tsc`, ESLint and
 * compilers that print `file:line: error:`. Several may have spoken; each failure is given once.
 *
 * Nothing is looked up: the same text always gives the same failures.
 */
export function parseFailures(text: string, options: FailureOptions): TestFailure[] {
  const plain = shortLines(
    stripVTControlCharacters(text.slice(-maxText)).replaceAll('\r\n', '\n').replaceAll('\r', '\n'),
  );
  const found = new Map<string, TestFailure>();
  for (const [sign, read] of readers) {
    if (!sign.test(plain)) continue;
    for (const failure of read(plain, options)) {
      const key = failureKey(failure) + (failure.source === 'tsc' || failure.source === 'eslint' ? failure.line : '');
      if (!found.has(key)) found.set(key, failure);
    }
  }
  return [...found.values()];
}

/** No runner says anything in lines longer than this, and patterns are slow on them. */
function shortLines(text: string): string {
  if (!/[^\n]{4000}/.test(text)) return text;
  return text
    .split('\n')
    .map((line) => line.slice(0, 4_000))
    .join('\n');
}
