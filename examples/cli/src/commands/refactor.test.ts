import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const files = {
  'package.json': '{ "private": true }\n',
  'src/cart.ts': 'export function total(items: number[]): number {\n  return items.length;\n}\n',
  'src/main.ts': "import { total } from './cart';\n\nconsole.log(total([]));\n",
};
const line = ['refactor', 'rename', 'src/cart.ts#total', 'size'];

test('without --apply the change is shown and not made', { timeout: 60_000 }, async () => {
  using repo = scratch(files);
  const shown = await cli(line, { cwd: repo.root });
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain('export function size');
  expect(shown.stdout).toContain('rename total to size: 3 places in 2 files. Nothing is changed yet: add --apply');
  const dry = envelopeOf(await cli([...line, '--apply', '--dry-run', '--json'], { cwd: repo.root }));
  expect(dry).toMatchObject({
    ok: true,
    cmd: 'refactor rename',
    payload: { state: 'would change', id: null, dryRun: true },
  });
  expect(repo.status()).toBe('');
});

test('--apply makes it as a patch that "patch rollback" takes back', { timeout: 60_000 }, async () => {
  using repo = scratch(files);
  const made = envelopeOf(await cli([...line, '--apply', '--json'], { cwd: repo.root }));
  expect(made).toMatchObject({ payload: { state: 'applied', added: 3, removed: 3 } });
  expect(readFileSync(join(repo.root, 'src/main.ts'), 'utf8')).toContain('size([])');
  const { id } = made.payload as { readonly id: string };
  expect((await cli(['patch', 'rollback', id], { cwd: repo.root })).code).toBe(0);
  expect(repo.status()).toBe('');
});

test.each([
  [['refactor', 'rename', 'src/cart.ts#nothing', 'x'], 1, 'No symbol is called'],
  [['refactor', 'rename', 'src/cart.ts:1:17', 'class'], 1, 'src/cart.ts:1:17  unsupported: class is no name'],
  [['refactor', 'move', 'src/cart.ts#total', '../x.ts'], 3, 'outside the repository'],
  [['refactor', 'extract', 'src/cart.ts', '--name', 'x'], 2, 'FILE:LINE:COLUMN-LINE:COLUMN'],
  [['refactor', 'export', 'src/cart.ts'], 2, '--named or --default'],
])('%j is a mistake with clear words', { timeout: 60_000 }, async (args, code, words) => {
  using repo = scratch(files);
  const ended = await cli(args, { cwd: repo.root });
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(words);
  expect(ended.stderr).not.toMatch(/\n {4}at /);
});
