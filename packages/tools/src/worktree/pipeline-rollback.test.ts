import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pipeline, step } from '@capstan/sdk';
import { openWorktree } from './worktree.ts';

/** Everything below a folder but our own: kind, mode and bytes. */
function bytesOf(folder: string, path = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(folder, path))) {
    const way = path === '' ? name : `${path}/${name}`;
    if (way === '.capstan') continue;
    const stats = lstatSync(join(folder, way));
    if (stats.isSymbolicLink()) found[way] = `link ${readlinkSync(join(folder, way))}`;
    else if (stats.isDirectory()) Object.assign(found, { [way]: `folder ${stats.mode}` }, bytesOf(folder, way));
    else found[way] = `${stats.mode} ${readFileSync(join(folder, way)).toString('base64')}`;
  }
  return found;
}

const name = fc.constantFrom('a.txt', 'b.bin', 'sub/c.txt', 'sub/deep/d.txt');
const edit = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), name, bytes: fc.uint8Array({ maxLength: 200 }) }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({ kind: fc.constant('link' as const), name }),
  fc.record({ kind: fc.constant('mode' as const), name }),
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function make(root: string, change: Edit): void {
  const path = join(root, change.name);
  if (change.kind === 'mode') {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) chmodSync(path, 0o755);
    return;
  }
  rmSync(path, { force: true });
  if (change.kind === 'delete') return;
  mkdirSync(dirname(path), { recursive: true });
  if (change.kind === 'link') symlinkSync('nowhere', path);
  else writeFileSync(path, change.bytes);
}

test('a pipeline that fails leaves a tree of the same bytes, whatever its steps did', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 8 }), fc.array(edit, { maxLength: 8 }), async (start, changes) => {
      const root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-rollback-')));
      try {
        for (const each of start) make(root, each);
        const before = bytesOf(root);
        const worktree = await openWorktree(root);
        const flow = pipeline(
          [
            step({
              name: 'work',
              run: () => changes.forEach((each) => make(root, each)),
              check: () => 'it is not good',
            }),
          ],
          { worktree },
        );
        const result = await flow.run(undefined).result;
        worktree.close();
        expect(result.error?.message).toContain('it is not good');
        expect(bytesOf(root)).toEqual(before);
      } finally {
        rmSync(root, { recursive: true });
      }
    }),
    { numRuns: 25 },
  );
});
