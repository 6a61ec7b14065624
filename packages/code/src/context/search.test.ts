import { expect, test } from 'vitest';
import { expressTs } from './__fixtures__/express-ts.ts';
import { scratchRepository } from './__fixtures__/scratch-repository.ts';
import { openIndex } from './open-index.ts';

function repositoryWithPast() {
  const repository = scratchRepository(expressTs);
  repository.git('init', '-q');
  repository.git('add', '-A');
  repository.git('commit', '-q', '-m', 'first');
  repository.write('src/config.ts', 'export const port = Number(process.env.PORT ?? 8080);\n');
  repository.git('commit', '-q', '-am', 'fix: listen where the proxy expects it');
  return repository;
}

test('past commits lead to files whose text has none of the words', async () => {
  using repository = repositoryWithPast();
  const index = await openIndex(repository.root, { folder: false });
  const [hit] = await index.search('the proxy expects another one');
  expect(hit?.path).toBe('src/config.ts');
  expect(hit?.why).toContain('commits with such subjects');
  expect(await index.search('the proxy expects another one', { history: false })).toEqual([]);
});

test('a commit that was made since is known at the next search, also of a file that moved', async () => {
  using repository = repositoryWithPast();
  const index = await openIndex(repository.root);
  await index.search('anything');
  repository.git('mv', 'src/config.ts', 'src/settings.ts');
  repository.git('commit', '-q', '-am', 'move the zebra');
  await index.refresh();
  expect((await index.search('the proxy expects'))[0]?.path).toBe('src/settings.ts');
  expect((await index.search('zebra'))[0]?.path).toBe('src/settings.ts');
  await index.close();
});

test('commits of merged branches count, and those of a folder alone where that is the root', async () => {
  using repository = repositoryWithPast();
  repository.git('checkout', '-q', '-b', 'side', 'HEAD~1');
  repository.write('src/store.ts', `${expressTs['src/store.ts']}// kept\n`);
  repository.git('commit', '-q', '-am', 'remember the walrus');
  repository.git('checkout', '-q', '-');
  repository.git('merge', '-q', '--no-edit', '-s', 'ours', 'side');
  const index = await openIndex(repository.root, { folder: false });
  expect((await index.search('walrus'))[0]?.path).toBe('src/store.ts');
  const part = await openIndex(`${repository.root}/src`, { folder: false });
  expect((await part.search('walrus'))[0]?.path).toBe('store.ts');
});

test('a search can be kept to a folder, to kinds, and away from masked files', async () => {
  using repository = scratchRepository({
    ...expressTs,
    'src/store.test.ts': "import { openStore } from './store';\nopenStore();\n",
  });
  const index = await openIndex(repository.root, { folder: false });
  const paths = async (options: Parameters<typeof index.search>[1]) =>
    (await index.search('open store', options)).map(({ path }) => path);
  expect((await paths({}))[0]).toBe('src/store.ts');
  expect((await paths({ path: 'scripts' })).every((path) => path.startsWith('scripts/'))).toBe(true);
  expect(await paths({ kinds: ['test'] })).toEqual(['src/store.test.ts']);
  expect(await paths({ mask: (path) => path !== 'src/store.ts' })).not.toContain('src/store.ts');
});

test('what lies near the work at hand comes first among equals', async () => {
  const same = 'export function convert(value: number) {\n  return value;\n}\n';
  using repository = scratchRepository({
    'left/convert.ts': same,
    'right/convert.ts': `${same}// the other\n`,
    'right/use.ts': "import { convert } from './convert';\nconvert(1);\n",
  });
  const index = await openIndex(repository.root, { folder: false });
  const hits = await index.search('convert value', { work: { files: ['right/use.ts'] } });
  expect(hits[0]?.path).toBe('right/convert.ts');
});

test('a model’s vectors order the best files by meaning', async () => {
  using repository = scratchRepository(expressTs);
  const index = await openIndex(repository.root, { folder: false });
  const embed = async (texts: readonly string[]) =>
    texts.map((text, at) => (at === 0 || text.startsWith('src/config.ts') ? [1, 0] : [0, 1]));
  const plain = await index.search('store port');
  const ordered = await index.search('store port', { embed });
  expect(plain[0]?.path).not.toBe(ordered[0]?.path);
  expect(ordered[0]?.path).toBe('src/config.ts');
  expect(ordered[0]?.signals.meaning).toBe(1);
  expect(ordered[0]?.why).toContain('its lines mean what was asked');
});

test('the score of the words and that of the meaning add up, and what is masked is never handed to the model', async () => {
  using repository = scratchRepository(expressTs);
  const index = await openIndex(repository.root, { folder: false });
  const plain = await index.search('open store titles');
  const [first] = plain;
  const seen: string[] = [];
  const embed = async (texts: readonly string[]) => {
    seen.push(...texts);
    return texts.map((text, at) => (at === 0 ? [1, 0] : text.startsWith(first?.path ?? '') ? [1, 0.2] : [1, 0.1]));
  };
  const ordered = await index.search('open store titles', { embed, mask: (path) => path !== 'src/config.ts' });
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.some((text) => text.startsWith('src/config.ts'))).toBe(false);
  const half = (first?.score ?? 0) / 2;
  for (const { path, score, signals } of ordered) {
    const words = plain.find((hit) => hit.path === path)?.score ?? 0;
    expect(signals.meaning ?? 0).toBe(path === first?.path ? 0 : 1);
    expect(score).toBeCloseTo(words + (path === first?.path ? 0 : half), 3);
  }
  expect(ordered.map(({ score }) => score)).toEqual(ordered.map(({ score }) => score).toSorted((a, b) => b - a));
});

test.each([
  ['fails', async () => Promise.reject(new Error('no memory'))],
  ['gives too few', async () => [[1, 0]]],
  ['gives no numbers', async (texts: readonly string[]) => texts.map(() => [Number.NaN])],
  [
    'gives lengths that differ',
    async (texts: readonly string[]) => texts.map((_, at) => [1, 2, 3].slice(0, 1 + (at % 3))),
  ],
])('a model that %s leaves the order of the words', async (_, embed) => {
  using repository = scratchRepository(expressTs);
  const index = await openIndex(repository.root, { folder: false });
  expect(await index.search('store port', { embed })).toEqual(await index.search('store port'));
});

test('context keeps to its budget, tells why, and hides what is to be hidden', async () => {
  using repository = scratchRepository({
    ...expressTs,
    'src/long.ts': Array.from(
      { length: 40 },
      (_, at) => `export function store${at}() {\n${'  open();\n'.repeat(12)}}\n`,
    ).join('\n'),
  });
  const index = await openIndex(repository.root, { folder: false });
  for (const tokens of [150, 600, 4000]) {
    const report = await index.context('open the store', {
      tokens,
      redact: (text) => text.replaceAll('titles', '[hidden]'),
    });
    expect(report.tokens).toBeLessThanOrEqual(tokens);
    expect(report.pieces.length + report.left.length).toBeGreaterThan(0);
    for (const piece of report.pieces) {
      expect(piece.why).not.toBe('');
      expect(piece.text).not.toContain('titles');
    }
  }
  const { pieces } = await index.context('open the store', { tokens: 4000 });
  const long = pieces.filter(({ path }) => path === 'src/long.ts');
  expect(long.map(({ form }) => form).toSorted()).toEqual(['lines', 'outline']);
});

test('a folder without git, and an empty one, answer too', async () => {
  using repository = scratchRepository();
  const index = await openIndex(repository.root, { folder: false });
  expect(await index.search('anything')).toEqual([]);
  expect(await index.repoMap()).toBe('');
  expect((await index.context('anything')).pieces).toEqual([]);
  await expect(openIndex(`${repository.root}/nowhere`)).rejects.toMatchObject({ code: 'not_found' });
});
