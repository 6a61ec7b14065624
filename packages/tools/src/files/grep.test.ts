import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pathMatcher } from './glob-tool.ts';
import { findRipgrep, searchWithRipgrep } from './ripgrep.ts';
import { searchFiles } from './search-files.ts';
import type { Search } from './search-files.ts';
import { searchPattern } from './search-pattern.ts';

let root: string;

const files: Readonly<Record<string, string | Buffer>> = {
  'a.ts': 'const foo = 1;\nfunction bar() {\n  return foo + 1;\n}\n\ninterface {\n',
  'b.md': 'Größe und café\nfoo_bar foo-bar foo\n١٢٣ 123\n',
  'crlf.txt': 'one foo\r\ntwo\r\nfoo\r\nlast foo',
  'sub/c.ts': 'FOO\nfoo(\n{ foo }\n[x] a.b a*b "q" \'s\' $x \\ /\n',
  'sub-x/d.ts': 'foo\n',
  'ignored/e.ts': 'foo\n',
  'ignored/deep/.gitignore': '*\n',
  'ignored/deep/h.ts': 'foo\n',
  'sub/f.log': 'foo\n',
  'sub/keep.log': 'foo\n',
  '.gitignore': 'ignored/\n*.log\n!keep.log\n',
  '.hidden/g.ts': 'foo\n',
  'bin.dat': Buffer.from('foo\n\0\0foo\n'),
  'utf16.txt': Buffer.from('\ufefffoo here\n', 'utf16le'),
  '.capstan/x': 'foo\n',
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'grep-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
});

afterAll(() => rm(root, { recursive: true, force: true }));

const search = (more: Partial<Search> = {}): Search => {
  return {
    root,
    from: '.',
    matches: () => true,
    context: 0,
    limit: 100,
    signal: new AbortController().signal,
    ...more,
  };
};

describe('ripgrep and JavaScript find the same', () => {
  const rg = findRipgrep();
  const cases: [string, { ignoreCase?: boolean } & Partial<Search>, glob?: string][] = [
    ['foo', {}],
    ['foo', { ignoreCase: true }],
    ['FOO', {}],
    ['(?i)foo$', {}],
    ['^foo$', {}],
    ['foo\\(', {}],
    ['interface {', {}],
    ['{ foo }', {}],
    ['\\bfoo\\b', {}],
    ['gr\u00f6\u00dfe', { ignoreCase: true }],
    ['\\w+\\s\\w+', {}],
    ['caf\\w\\b', {}],
    ['^\\d+', {}],
    ['[^\\s]foo', {}],
    ['a\\.b a\\*b "q" \\\'s\\\' \\$x', {}],
    ['\\\\ \\/', {}],
    ['[[\\]x]+', {}],
    ['[[:alpha:]_]+ [[:digit:]]', {}],
    ['o{2}', {}],
    ['o{2,3}\\b', {}],
    ['foo|Gr', {}],
    ['foo', { context: 1 }],
    ['foo', { limit: 3 }],
    ['foo', { limit: 2, context: 2 }],
    ['foo', { from: 'sub' }],
    ['foo', { from: 'sub/c.ts' }],
    ['foo', { from: 'ignored' }],
    ['foo', { from: 'ignored/deep' }],
    ['foo', { from: 'sub/f.log' }],
    ['foo', {}, '*.ts'],
    ['foo', {}, '*.{md,txt}'],
    ['foo', {}, '**/sub*/*.ts'],
    ['foo', {}, '*.log'],
    ['nothing at all', {}],
  ];
  test.each(cases)('for %j %j %j', async (pattern, { ignoreCase = false, ...more }, glob) => {
    const program = await rg;
    if (program === undefined) return;
    const { rust = '', javascript } = searchPattern(pattern, { ignoreCase });
    const wanted = search({ ...more, ...(glob ? { matches: pathMatcher(glob) } : {}) });
    const names = glob?.includes('/') ? undefined : glob;
    const one = await searchWithRipgrep(program, { pattern: rust, names }, wanted);
    expect(one).toEqual(await searchFiles(javascript, wanted));
  });
});

test('look-around is left to JavaScript', () => {
  const { rust, javascript } = searchPattern('foo(?!_)');
  expect(rust).toBeUndefined();
  expect(javascript.test('foo')).toBe(true);
});

test('what is no regular expression is refused in words', () => {
  expect(() => searchPattern('foo(')).toThrow('is no regular expression');
});
