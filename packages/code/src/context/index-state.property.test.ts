import { renameSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scratchRepository, type ScratchRepository } from './__fixtures__/scratch-repository.ts';
import type { CodeIndex } from './code-index.ts';
import { openIndex } from './open-index.ts';

const paths = ['src/a.ts', 'src/b.ts', 'src/deep/c.py', 'lib/d.go', 'lib/e.js', 'src/__init__.py', 'notes.md'];
const bodies = [
  "import { two } from './b';\nexport function one() {\n  return two();\n}\n",
  'export const two = () => 2;\nexport class Box {\n  open() {}\n}\n',
  'from . import other\n\ndef three(a):\n    return a\n',
  'package lib\n\nfunc Four() int { return 4 }\n',
  'module.exports = { five: 5 };\nfunction broken( {\n',
  '',
  'Words about the box that opens.\n',
];
const ignores = ['', 'lib/\n', '*.py\n', 'src/deep\n!src/deep/c.py\n', '/notes.md\n'];

type Step =
  | { readonly kind: 'write'; readonly path: string; readonly body: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'ignore'; readonly file: string; readonly rules: string }
  | { readonly kind: 'move'; readonly from: string; readonly to: string }
  | { readonly kind: 'commit' }
  | { readonly kind: 'branch'; readonly name: string }
  | { readonly kind: 'stash' }
  | { readonly kind: 'reopen' };

const path = fc.constantFrom(...paths);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), path, body: fc.constantFrom(...bodies) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), path, to: path }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('ignore' as const),
      file: fc.constantFrom('.gitignore', '.capstanignore', 'src/.gitignore'),
      rules: fc.constantFrom(...ignores),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      from: fc.constantFrom('src', 'lib', 'src/deep'),
      to: fc.constantFrom('moved', 'lib/inner', 'src'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('branch' as const), name: fc.constantFrom('main', 'one', 'two') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stash' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

function take(repository: ScratchRepository, one: Exclude<Step, { kind: 'reopen' }>): void {
  switch (one.kind) {
    case 'write':
      return repository.write(one.path, one.body);
    case 'remove':
      return repository.remove(one.path);
    case 'ignore':
      return repository.write(one.file, one.rules);
    case 'rename':
      return ifItCan(() => renameSync(join(repository.root, one.path), join(repository.root, one.to)));
    case 'move':
      return ifItCan(() => renameSync(join(repository.root, one.from), join(repository.root, one.to)));
    case 'commit':
      repository.git('add', '-A');
      return ifItCan(() => repository.git('commit', '-q', '-m', 'the box that opens two'));
    case 'branch':
      // What is not committed goes along where git lets it.
      return ifItCan(() =>
        repository.git('checkout', '-q', ...(hasBranch(repository, one.name) ? [] : ['-b']), one.name),
      );
    case 'stash':
      return ifItCan(() => repository.git('stash', '-q', '-u'));
    default:
      one satisfies never;
  }
}

function hasBranch(repository: ScratchRepository, name: string): boolean {
  return repository.git('branch', '--list', name).trim() !== '';
}

/** Places that are not there, or are taken: then nothing happens. */
function ifItCan(act: () => unknown): void {
  try {
    act();
  } catch {
    // The tree is as it was.
  }
}

/** All that an index says, but for scores beyond the sixth digit. */
async function whole(index: CodeIndex): Promise<unknown> {
  const files = index.files().map((file) => ({
    ...file,
    symbols: index.outline(file.path),
    exports: index.exportsOf(file.path),
    imports: index.importsOf(file.path),
    importers: index.importersOf(file.path),
  }));
  const hits = await index.search('open the box two', { limit: 20 });
  const found = hits.map((hit) => ({ ...hit, score: hit.score.toPrecision(3), signals: Object.keys(hit.signals) }));
  return {
    files,
    skipped: index.skipped(),
    hits: found,
    symbols: index.symbols({ name: 'o' }),
    map: await index.repoMap(),
  };
}

test('an index after any edits equals a fresh one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      using repository = scratchRepository({ 'src/a.ts': bodies[0] ?? '', 'src/b.ts': bodies[1] ?? '' });
      repository.git('init', '-q', '-b', 'main');
      repository.git('add', '-A');
      repository.git('commit', '-q', '-m', 'begin with one and two');
      let index = await openIndex(repository.root);
      for (const one of steps) {
        if (one.kind === 'reopen') {
          await index.close();
          index = await openIndex(repository.root);
        } else {
          take(repository, one);
          if (one.kind === 'write' && index.file(one.path)) await index.update([one.path]);
          else await index.refresh();
        }
      }
      await index.refresh();
      const fresh = await openIndex(repository.root, { folder: false });
      expect(await whole(index)).toEqual(await whole(fresh));
      await index.close();
    }),
    { numRuns: 40 },
  );
}, 240_000);

test('many refreshes leave few segments and the same answers', async () => {
  using repository = scratchRepository();
  const index = await openIndex(repository.root);
  for (let round = 0; round < 30; round++) {
    repository.write(`src/file${round % 7}.ts`, `export function round${round}() {\n  return ${round};\n}\n`);
    await index.refresh();
  }
  const fresh = await openIndex(repository.root, { folder: false });
  expect(await whole(index)).toEqual(await whole(fresh));
  expect(index.definitions('round29')).toHaveLength(1);
  expect(index.definitions('round1')).toEqual([]);
  await index.close();
});

test('an update of one file changes what is known of it, and nothing else', async () => {
  using repository = scratchRepository({ 'a.ts': 'export const one = 1;\n', 'b.ts': 'export const two = 2;\n' });
  const index = await openIndex(repository.root, { folder: false });
  repository.write('a.ts', 'export const changed = 10;\n');
  repository.write('b.ts', 'export const unseen = 20;\n');
  expect(await index.update(['a.ts'])).toEqual({ added: [], changed: ['a.ts'], removed: [] });
  expect(index.definitions('changed')).toHaveLength(1);
  expect(index.definitions('unseen')).toHaveLength(0);
  repository.remove('a.ts');
  expect((await index.update(['a.ts'])).removed).toEqual(['a.ts']);
  repository.write('c.ts', 'export const three = 3;\n');
  expect(await index.update(['c.ts'])).toEqual({ added: ['c.ts'], changed: ['b.ts'], removed: [] });
});
