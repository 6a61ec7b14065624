import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, commandLine, scratch } from '../testing/scratch.ts';

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');

/** A repository whose pre-commit hook is the one of the guide, with the command line of this source. */
function withHook() {
  const repo = scratch();
  const hook = join(repo.root, '.git/hooks/pre-commit');
  writeFileSync(hook, `#!/bin/sh\nexec ${quoted([process.execPath, ...commandLine])} policy guard --check\n`);
  chmodSync(hook, 0o755);
  const commit = (path: string, text: string) => {
    mkdirSync(join(repo.root, path, '..'), { recursive: true });
    writeFileSync(join(repo.root, path), text);
    const git = (...args: string[]) =>
      spawnSync('git', ['-C', repo.root, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] ?? '', HOME: join(repo.root, '..', 'no-home') },
      });
    git('add', '-f', path);
    return git('commit', '-q', '-m', 'x');
  };
  return { repo, commit };
}

test('as a git hook it lets ordinary changes pass and holds back the others by name', () => {
  const { repo, commit } = withHook();
  using _ = repo;
  expect(commit('src/a.ts', 'export const a = 1;\n').status).toBe(0);
  const env = commit('.env', 'A=1\n');
  expect(env.status).not.toBe(0);
  expect(env.stdout + env.stderr).toContain('protected-files');
});

test('as a git hook it holds back a secret that a change adds, and does not print it', () => {
  const { repo, commit } = withHook();
  using _ = repo;
  const key = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`;
  const { status, stdout, stderr } = commit('src/b.ts', `// one\nconst token = '${key}';\n`);
  expect(status).not.toBe(0);
  expect(stdout + stderr).toContain('src/b.ts:2');
  expect(stdout + stderr).toContain('secret-in-diff');
  expect(stdout + stderr).not.toContain(key);
});

test('in CI the diff of a branch is judged, and the exit code says how it went', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const diff = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b\n`;
  const check = (input: string) => cli(['policy', 'guard', '--check', '-', '--json'], { cwd: repo.root, input });
  expect((await check(diff('src/a.ts'))).code).toBe(0);
  expect((await check(diff('.github/workflows/ci.yml'))).code).toBe(4);
  const secret = diff('src/a.ts').replace('+b', `+key = '${'sk_live_'}${'4eC39HqLyjWDarjtT1zdp7dc'}'`);
  expect((await check(secret)).code).toBe(3);
});
