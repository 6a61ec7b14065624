import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { openWorktree } from '@capstan/tools';
import { expect, test } from 'vitest';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { applyEdits, planEdits } from './plan-edits.ts';
import { TextLines, type PositionEncoding } from './position.ts';
import { readWorkspaceEdit } from './read-edits.ts';

const encodings = fc.constantFrom<PositionEncoding>('utf-8', 'utf-16', 'utf-32');
const piece = fc.constantFrom('a', 'é', '日', '🎉', '\n', '\r\n', '\r', ' ');
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

/** Places between characters, none within a surrogate pair or a line's end. */
function stops(all: string): number[] {
  const offsets = [0];
  for (const sign of all.match(/\r\n|[^]/gu) ?? []) offsets.push((offsets.at(-1) ?? 0) + sign.length);
  return offsets;
}

test('a place told in any unit is found again', () => {
  fc.assert(
    fc.property(text, encodings, (all, encoding) => {
      const lines = new TextLines(all);
      for (const offset of stops(all)) {
        const place = lines.placeOf(offset);
        expect(lines.offset(lines.position(place, encoding), encoding)).toBe(offset);
        expect(lines.place(lines.position(place, encoding), encoding)).toEqual(place);
      }
    }),
  );
});

test('edits do to a text what cutting and pasting does', () => {
  const cuts = fc.array(fc.tuple(fc.nat(30), text), { maxLength: 5 });
  fc.assert(
    fc.property(text, cuts, encodings, (all, wanted, encoding) => {
      const lines = new TextLines(all);
      const offsets = stops(all);
      const places = wanted.map(([index, newText]) => ({ at: offsets[index % offsets.length] ?? 0, newText }));
      places.sort((one, other) => one.at - other.at);
      let expected = '';
      let from = 0;
      const edits = places.map(({ at, newText }, index) => {
        const to = Math.min(places[index + 1]?.at ?? at, offsets.find((offset) => offset > at) ?? at);
        expected += all.slice(from, at) + newText;
        from = to;
        const position = (offset: number) => lines.position(lines.placeOf(offset), encoding);
        return { range: { start: position(at), end: position(to) }, newText };
      });
      expect(applyEdits(all, edits, encoding)).toBe(expected + all.slice(from));
    }),
  );
});

test('edits that overlap are refused', () => {
  const range = (from: number, to: number) => ({
    start: { line: 0, character: from },
    end: { line: 0, character: to },
  });
  const edits = [
    { range: range(0, 3), newText: 'x' },
    { range: range(2, 4), newText: 'y' },
  ];
  expect(() => applyEdits('abcdef', edits, 'utf-16')).toThrow(/overlap/);
});

async function done(files: Readonly<Record<string, string>>, edit: (uri: (path: string) => string) => object) {
  using repository = scratchRepository(files);
  const worktree = await openWorktree(repository.root);
  const uri = (path: string) => pathToFileURL(join(worktree.root, path)).href;
  try {
    const steps = readWorkspaceEdit(edit(uri));
    const changes = await planEdits(steps, { worktree, encoding: 'utf-16', open: () => undefined });
    const { files: changed, id } = await worktree.change(changes);
    const read = (path: string) =>
      existsSync(join(worktree.root, path)) ? readFileSync(join(worktree.root, path), 'utf8') : undefined;
    const after = Object.fromEntries(changed.map(({ path }) => [path, read(path)]));
    if (id !== '') await worktree.patches.rollback(id);
    for (const [path, content] of Object.entries(files)) expect(read(path)).toBe(content);
    return after;
  } finally {
    worktree.close();
  }
}

function put(from: number, to: number, newText: string) {
  return { range: { start: { line: 0, character: from }, end: { line: 0, character: to } }, newText };
}

test('steps are followed in order: a file is made, filled, renamed and another deleted', async () => {
  const after = await done({ 'a.ts': 'one', 'old.ts': 'x' }, (uri) => ({
    documentChanges: [
      { kind: 'create', uri: uri('new/b.ts') },
      { textDocument: { uri: uri('new/b.ts'), version: null }, edits: [put(0, 0, 'made')] },
      { kind: 'rename', oldUri: uri('a.ts'), newUri: uri('c.ts') },
      { textDocument: { uri: uri('c.ts'), version: null }, edits: [put(0, 3, 'two')] },
      { kind: 'delete', uri: uri('old.ts') },
    ],
  }));
  expect(after).toEqual({ 'a.ts': undefined, 'c.ts': 'two', 'new/b.ts': 'made', 'old.ts': undefined });
});

test('a folder is renamed with all that is in it', async () => {
  const after = await done({ 'pkg/a.ts': '1', 'pkg/in/b.ts': '2' }, (uri) => ({
    documentChanges: [{ kind: 'rename', oldUri: uri('pkg'), newUri: uri('lib') }],
  }));
  expect(after).toMatchObject({ 'lib/a.ts': '1', 'lib/in/b.ts': '2', 'pkg/a.ts': undefined });
});

test('a byte-order mark and line ends stay', async () => {
  const after = await done({ 'a.ts': '\ufeffone\r\ntwo\r\n' }, (uri) => ({
    changes: { [uri('a.ts')]: [put(0, 3, 'uno')] },
  }));
  expect(after).toEqual({ 'a.ts': '\ufeffuno\r\ntwo\r\n' });
});

test.each<[string, (uri: (path: string) => string) => object, RegExp]>([
  ['a file outside', () => ({ changes: { 'file:///etc/hosts': [put(0, 0, 'x')] } }), /outside the work tree/],
  ['an address that is no file', () => ({ changes: { 'untitled:x': [] } }), /is no file/],
  ['a file that is not there', (uri) => ({ changes: { [uri('none.ts')]: [put(0, 0, 'x')] } }), /There is no file/],
  ['a step that is unknown', () => ({ documentChanges: [{ kind: 'shred', uri: 'file:///x' }] }), /has a step "shred"/],
  ['an edit without a range', (uri) => ({ changes: { [uri('a.ts')]: [{ newText: 'x' }] } }), /without a range/],
  [
    'a file that is to be made and is there',
    (uri) => ({ documentChanges: [{ kind: 'create', uri: uri('a.ts') }] }),
    /exists already/,
  ],
  [
    'a rename onto a file',
    (uri) => ({ documentChanges: [{ kind: 'rename', oldUri: uri('a.ts'), newUri: uri('b.ts') }] }),
    /exists already/,
  ],
])('%s is refused, and nothing is changed', async (_, edit, words) => {
  await expect(done({ 'a.ts': 'one', 'b.ts': 'two' }, edit)).rejects.toThrow(words);
});

test('a step about an earlier version is refused', async () => {
  using repository = scratchRepository({ 'a.ts': 'one' });
  const worktree = await openWorktree(repository.root);
  const path = join(worktree.root, 'a.ts');
  const steps = [{ kind: 'edit', path, version: 3, edits: [] }] as const;
  const plan = (open: { version: number; text: string }) =>
    planEdits(steps, { worktree, encoding: 'utf-16', open: () => open });
  await expect(plan({ version: 4, text: 'one' })).rejects.toMatchObject({ code: 'conflict' });
  await expect(plan({ version: 3, text: 'other' })).rejects.toMatchObject({ code: 'conflict' });
  expect(await plan({ version: 3, text: 'one' })).toEqual([]);
  worktree.close();
});
