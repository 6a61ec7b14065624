import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFailures } from './parse-failures.ts';

const folder = join(import.meta.dirname, '__fixtures__');
const outputs = readdirSync(folder).filter((name) => name.endsWith('.txt'));
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
const optionsOf = (name: string) => ({ root: '/repo', cwd: /pytest|unittest/.test(name) ? 'py' : '.' });

test.each(outputs)('what failed by %s', async (name) => {
  const failures = parseFailures(textOf(name), optionsOf(name));
  await expect(JSON.stringify(failures, undefined, 1)).toMatchFileSnapshot(
    `./__fixtures__/${name.replace('.txt', '.golden.json')}`,
  );
});

test('a failure says what was wanted, what came, and where, whichever runner told it', () => {
  const first = (name: string) =>
    parseFailures(textOf(name), optionsOf(name)).find((one) => /adds? ?prices|test_add|TestPush/.test(one.name));
  for (const name of [
    'vitest.txt',
    'vitest-located.txt',
    'jest.txt',
    'mocha.txt',
    'node24-spec.txt',
    'node-tap.txt',
    'node-dot.txt',
  ])
    expect(first(name), name).toMatchObject({
      expected: '3',
      received: '-3',
      frames: [{ file: expect.stringMatching(/^test\//) }],
    });
  for (const name of ['pytest-long.txt', 'pytest-short.txt', 'pytest-native.txt', 'unittest.txt'])
    expect(first(name), name).toMatchObject({
      expected: '3',
      received: '-1',
      line: 5,
      frames: [{ file: expect.stringMatching(/^py\/test_/) }],
    });
  for (const name of ['go-text.txt', 'go-json.txt'])
    expect(first(name), name).toMatchObject({
      expected: '3',
      received: '2',
      file: 'internal/store/store_test.go',
      line: 14,
    });
});

test('frames name the repository alone, the innermost first', () => {
  for (const name of outputs) {
    for (const { frames, file } of parseFailures(textOf(name), optionsOf(name))) {
      for (const frame of frames) expect(frame.file, name).not.toMatch(/node_modules|site-packages|^\/|^node:|\.\./);
      expect(file, name).not.toMatch(/^\//);
    }
  }
  const thrown = parseFailures(textOf('jest.txt'), optionsOf('jest.txt')).find(({ name }) => name === 'total > throws');
  expect(thrown?.frames).toEqual([
    { file: 'srcj/sum.cjs', line: 6, name: 'broken' },
    { file: 'test/j.jest.cjs', line: 5 },
  ]);
});

test('output without failures has none', () => {
  for (const text of [
    '',
    'ok\n',
    'PASS src/a.test.ts\nTests: 3 passed, 3 total\n',
    '===== 3 passed in 0.1s =====\n',
    'ok  \texample.com/a\t0.1s\n',
    '# tests 3\n# fail 0\n',
  ])
    expect(parseFailures(text, { root: '/repo' })).toEqual([]);
});

test('colours, carriage returns and noise around it change nothing', () => {
  for (const name of outputs) {
    const plain = parseFailures(textOf(name), optionsOf(name));
    expect(parseFailures(`> x@1.0.0 test\n> runner\n\n${textOf(name)}`, optionsOf(name)), name).toEqual(plain);
    expect(parseFailures(textOf(name).replaceAll('\n', '\r\n'), optionsOf(name)), name).toEqual(plain);
  }
});

test('cut anywhere, output is still read without a fault and in good time', () => {
  const whole = outputs.map((name) => textOf(name)).join('\n');
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(20_000), fc.string({ maxLength: 50 }), (from, length, noise) => {
      const began = performance.now();
      const failures = parseFailures(noise + whole.slice(from, from + length), { root: '/repo', cwd: 'py' });
      for (const { name, message, frames } of failures) {
        expect(name).not.toBe('');
        expect(message).not.toBe('');
        for (const { line } of frames) expect(line).toBeGreaterThan(0);
      }
      expect(performance.now() - began).toBeLessThan(2_000);
    }),
    { numRuns: 150 },
  );
});
