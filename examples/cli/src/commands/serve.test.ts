import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openaiServer } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { cli, envelopeOf, scratch, startCli, type Started } from '../testing/scratch.ts';

/** Waits until the relay has said where it listens. */
async function listening(started: Started): Promise<string> {
  const words = /listens on (http:\S+)/;
  let over = false;
  void started.ended.then(() => (over = true));
  await expect.poll(() => over || words.test(started.said.stderr), { timeout: 50_000 }).toBe(true);
  const url = words.exec(started.said.stderr)?.[1];
  if (url === undefined) throw new Error(`the relay did not start: ${started.said.stderr}`);
  return url;
}

test('a relay of this machine answers a command line that was told nothing', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using vendor = await openaiServer([
    { calls: [{ tool: 'read', input: { path: 'a.txt' } }] },
    { text: 'It says one.' },
  ]);
  const home = join(repo.root, '.git', 'config-home');
  const key = 'sk-planted-0123456789abcdef';
  const env = { CAPSTAN_CONFIG_HOME: home };
  const relay = startCli(['serve', '--port', '0'], {
    cwd: repo.root,
    env: { ...env, OPENAI_API_KEY: key, OPENAI_BASE_URL: `${vendor.url}/v1` },
  });
  const url = await listening(relay);
  const ended = await cli(['run', 'what is in a.txt?'], { cwd: repo.root, env });
  expect(ended.stderr).toContain(`your relay runs at ${url}, and no key was found`);
  expect(ended.stdout).toContain('It says one.');
  const zero = await cli(['status', '--json'], { cwd: repo.root, env });
  expect(JSON.stringify(envelopeOf(zero).payload)).toContain(`your relay runs at ${url}, and no key was found`);
  const auth = join(home, 'auth.json');
  expect(statSync(auth).mode & 0o777).toBe(0o600);
  const kept = readFileSync(auth, 'utf8');
  expect(kept).toMatch(/"relay-[0-9a-f]{16}": "cap1\./);
  // The vendor's key stays with the relay.
  expect(kept + ended.stdout + ended.stderr + relay.said.stdout + relay.said.stderr).not.toContain(key);
  relay.child.kill('SIGTERM');
  expect((await relay.ended).code).toBe(0);
  expect(existsSync(join(home, 'relay', 'here.json'))).toBe(false);
  const alone = await cli(['status', '--json'], { cwd: repo.root, env });
  expect(JSON.stringify(envelopeOf(alone).payload)).not.toContain('your relay');
});

test('the relay that was named goes before a kept key, and one that is away is told', async () => {
  using repo = scratch();
  const env = { CAPSTAN_CONFIG_HOME: join(repo.root, '.git', 'home'), CAPSTAN_RELAY_URL: 'http://127.0.0.1:1' };
  await cli(['auth', 'login', 'openai'], { cwd: repo.root, env, input: 'sk-kept-0123456789abcdef\n' });
  const ended = await cli(['run', 'go'], { cwd: repo.root, env });
  expect(ended.code).not.toBe(0);
  expect(ended.stderr).toContain('The relay at http://127.0.0.1:1 does not answer');
});

test('a relay in the clear, and one that a repository names, are refused', async () => {
  using repo = scratch();
  const home = join(repo.root, '.git', 'home');
  const clear = await cli(['run', 'go'], {
    cwd: repo.root,
    env: { CAPSTAN_CONFIG_HOME: home, CAPSTAN_RELAY_URL: 'http://relay.example.com' },
  });
  expect([clear.code, clear.stderr]).toEqual([2, expect.stringContaining('must begin with https://')]);
  const set = await cli(['config', 'set', 'relay', 'https://evil.example', '--project'], { cwd: repo.root });
  expect(set.code).toBe(2);
});

test('serve passes on what the relay says of its configuration', async () => {
  using repo = scratch({ 'relay.yaml': 'serverr: {}\n' });
  const ended = await cli(['serve', '--config', 'relay.yaml', '--check'], { cwd: repo.root });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('serverr is no setting');
});
