import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openaiServer } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { cliHere } from '../testing/cli-here.ts';
import { envelopeOf, scratch, type Scratch } from '../testing/scratch.ts';

interface Call {
  readonly tool: string;
  readonly input: Readonly<Record<string, string>>;
}

/** A model that makes these calls one after the other, and what it was told of each. */
async function vendorOf(calls: readonly Call[]) {
  const told: string[] = [];
  const server = await openaiServer(({ body }) => {
    const { messages } = body as { messages: { role: string; content: unknown }[] };
    const results = messages.filter(({ role }) => role === 'tool');
    told.splice(0, told.length, ...results.map(({ content }) => JSON.stringify(content)));
    const next = calls[results.length];
    return next ? { calls: [next] } : { text: 'Done.' };
  });
  return { server, told };
}

function options(repo: Scratch, url: string) {
  const env = {
    CAPSTAN_CONFIG_HOME: join(repo.root, '.git', 'home'),
    OPENAI_API_KEY: 'sk-planted-0123456789',
    OPENAI_BASE_URL: `${url}/v1`,
  };
  return { cwd: repo.root, env };
}

test(
  'a further folder is read, changed, and given back; what lies beside it stays closed',
  { timeout: 60_000 },
  async () => {
    using repo = scratch({ 'a.txt': 'a\n' });
    using other = scratch({ 'b.txt': 'b\n', 'sub/c.txt': 'c\n' });
    using third = scratch({ 'd.txt': 'd\n' });
    const { server, told } = await vendorOf([
      { tool: 'read', input: { path: join(other.root, 'b.txt') } },
      { tool: 'edit', input: { path: join(other.root, 'b.txt'), old: 'b', new: 'bb' } },
      { tool: 'grep', input: { pattern: 'c', path: join(other.root, 'sub') } },
      { tool: 'shell', input: { command: `printf cc > ${join(other.root, 'sub/c.txt')}` } },
      { tool: 'write', input: { path: 'a.txt', content: 'aa\n' } },
      { tool: 'write', input: { path: join(third.root, 'd.txt'), content: 'dd\n' } },
    ]);
    await using _ = server;
    const here = options(repo, server.url);
    const words = ['run', '--json', '--yes', '--mode', 'full-auto', '--add-dir', other.root, 'do it'];
    const { payload } = envelopeOf(await cliHere(words, here));
    expect(told[0]).toContain('b');
    expect(told[2]).toContain('c.txt');
    expect(readFileSync(join(other.root, 'b.txt'), 'utf8')).toBe('bb\n');
    expect(readFileSync(join(other.root, 'sub/c.txt'), 'utf8')).toBe('cc');
    expect(readFileSync(join(third.root, 'd.txt'), 'utf8')).toBe('d\n');
    const paths = (payload['patches'] as { files: { path: string }[] }[]).flatMap(({ files }) =>
      files.map(({ path }) => path),
    );
    expect(paths).toEqual([join(other.root, 'b.txt'), join(other.root, 'sub/c.txt'), 'a.txt']);
    // Its state is no change of the folder's own.
    expect(other.status()).not.toContain('.capstan');
    const back = String(payload['rollback']).split(' && ');
    expect(back).toHaveLength(2);
    for (const line of back) expect((await cliHere(line.split(' ').slice(1), here)).code).toBe(0);
    expect([repo.status(), other.status()]).toEqual(['', '']);
  },
);

test('reading alone leaves nothing in a further folder', async () => {
  using repo = scratch();
  using other = scratch({ 'b.txt': 'swordfish\n' });
  const { server, told } = await vendorOf([{ tool: 'read', input: { path: `${other.root}/b.txt` } }]);
  await using _ = server;
  const words = ['run', '--mode', 'read-only', '--add-dir', other.root, 'read it'];
  expect((await cliHere(words, options(repo, server.url))).code).toBe(0);
  expect(told[0]).toContain('swordfish');
  expect(existsSync(join(other.root, '.capstan'))).toBe(false);
});

test('a link out of a further folder leads nowhere', async () => {
  using repo = scratch();
  using other = scratch({ 'b.txt': 'b\n' });
  using third = scratch({ 'secret.txt': 'swordfish\n' });
  spawnSync('ln', ['-s', third.root, join(other.root, 'way')]);
  const { server, told } = await vendorOf([
    { tool: 'read', input: { path: join(other.root, 'way/secret.txt') } },
    { tool: 'write', input: { path: join(other.root, 'way/secret.txt'), content: 'x' } },
  ]);
  await using _ = server;
  await cliHere(['run', '--yes', '--mode', 'full-auto', '--add-dir', other.root, 'go'], options(repo, server.url));
  expect(told.join()).not.toContain('swordfish');
  expect(readFileSync(join(third.root, 'secret.txt'), 'utf8')).toBe('swordfish\n');
});

test('a folder that cannot be added is refused with what to do', async () => {
  using repo = scratch({ 'sub/a.txt': 'a\n' });
  mkdirSync(join(repo.root, 'home'));
  writeFileSync(join(repo.root, 'file'), '');
  const said = async (folder: string) => {
    const here = { ...options(repo, 'http://127.0.0.1:9'), env: { HOME: join(repo.root, 'home') } };
    const { code, stderr } = await cliHere(['run', '--add-dir', folder, 'do it now'], here);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await said('missing')).toContain('There is no folder');
  expect(await said('file')).toContain('There is no folder');
  expect(await said('sub')).toContain('lie in one another');
  expect(await said('/')).toContain('too much');
});
