import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

let config = '';
beforeEach(() => (config = mkdtempSync(join(tmpdir(), 'capstan-policy-'))));
afterEach(() => rmSync(config, { recursive: true, force: true }));

/** The verdict on a command under the user's and the repository's policy files. */
async function verdict(
  command: string,
  files: { readonly user?: object; readonly project?: object },
  mode: readonly string[] = [],
) {
  using repo = scratch();
  if (files.user) writeFileSync(join(config, 'policy.json'), JSON.stringify(files.user));
  if (files.project) {
    mkdirSync(join(repo.root, '.capstan'), { recursive: true });
    writeFileSync(join(repo.root, '.capstan/policy.json'), JSON.stringify(files.project));
  }
  const args = ['policy', 'guard', '--command', command, '--json', ...mode];
  const ended = await cli(args, { cwd: repo.root, env: { CAPSTAN_CONFIG_HOME: config } });
  return envelopeOf(ended).payload;
}

const startAllowed = {
  rules: [{ id: 'dev-server', match: { effect: 'run', commands: ['npm start'] }, verdict: 'allow' }],
};
const startDenied = {
  rules: [{ id: 'no-server', match: { effect: 'run', commands: ['npm start'] }, verdict: 'deny', reason: 'No.' }],
};

test("the user's policy file allows what the mode would ask about", async () => {
  expect(await verdict('npm start', {})).toMatchObject({ verdict: 'ask' });
  expect(await verdict('npm start', { user: startAllowed })).toMatchObject({ verdict: 'allow', rule: 'dev-server' });
});

test("a repository's policy file tightens and never loosens", async () => {
  expect(await verdict('npm start', { project: startAllowed })).toMatchObject({ verdict: 'ask' });
  expect(await verdict('npm start', { user: startAllowed, project: startDenied })).toMatchObject({ verdict: 'deny' });
});

test("the mode that is asked for wins over the one in the user's file", async () => {
  const free = { mode: 'full-auto' };
  expect(await verdict('touch a', { user: free }, ['--mode', 'read-only'])).not.toMatchObject({ verdict: 'allow' });
});

test('a policy file with a mistake opens no door: it names the line, and nothing runs', async () => {
  using repo = scratch();
  writeFileSync(join(config, 'policy.json'), '{\n  "rules": [{ "id": 1 }]\n}');
  const env = { CAPSTAN_CONFIG_HOME: config };
  const ended = await cli(['run', 'list the files', '--model', 'practice'], { cwd: repo.root, env });
  expect(ended.code).not.toBe(0);
  expect(ended.stdout + ended.stderr).toContain(`${join(config, 'policy.json')}:2`);
  expect(ended.stdout + ended.stderr).not.toContain('    at ');
});
