import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const hasSandbox = process.platform === 'linux' && spawnSync('bwrap', ['--ro-bind', '/', '/', 'true']).status === 0;

describe.skipIf(!hasSandbox)('capstan sandbox run', () => {
  test('a command writes in the repository and nowhere else, and its exit code is kept', async () => {
    using repo = scratch();
    const line = `echo in > made; echo out > ${repo.root}-out; echo hook > .git/hooks/x; exit 5`;
    const ended = await cli(['sandbox', 'run', '--', 'sh', '-c', line], { cwd: repo.root });
    expect(ended.code).toBe(5);
    expect(existsSync(join(repo.root, 'made'))).toBe(true);
    expect(existsSync(`${repo.root}-out`)).toBe(false);
    expect(existsSync(join(repo.root, '.git/hooks/x'))).toBe(false);
  });

  test('read-only writes nothing at all', async () => {
    using repo = scratch();
    const ended = await cli(['sandbox', 'run', '--json', '--level', 'read-only', '--', 'sh', '-c', 'touch made'], {
      cwd: repo.root,
    });
    expect(envelopeOf(ended)).toMatchObject({ ok: false, payload: { engine: 'bubblewrap', exit: 1 } });
    expect(existsSync(join(repo.root, 'made'))).toBe(false);
  });
});

test('an unknown level is a mistake', async () => {
  using repo = scratch();
  expect(await cli(['sandbox', 'run', '--level', 'some', '--', 'true'], { cwd: repo.root })).toMatchObject({ code: 2 });
});
