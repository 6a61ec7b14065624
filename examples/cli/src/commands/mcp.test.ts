import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer } from '@capstan/providers/testing';
import { cli, commandLine, envelopeOf, scratch, startCli } from '../testing/scratch.ts';

/** Our own command line as an MCP server, as another client would start it. */
const ourServer = [process.execPath, ...commandLine, 'mcp', 'serve', '--mode', 'full-auto'];

function withHome(root: string) {
  return { cwd: root, env: { CAPSTAN_CONFIG_HOME: join(root, 'home') } };
}

test('servers are added, listed, shown without their secrets, and removed', async () => {
  using repo = scratch();
  const options = withHome(repo.root);
  const add = ['mcp', 'add', 'db', '--env', 'KEY=sk-planted', '--', 'db-server', '--port', '7'];
  expect((await cli([...add.slice(0, 3), '--dry-run', '--', 'x'], options)).stdout).toContain('would add db');
  expect(existsSync(join(repo.root, 'home/mcp.json'))).toBe(false);
  await cli(add, options);
  await cli(['mcp', 'add', 'web', '--url', 'https://x.example/mcp', '--header', 'X-Key: Bearer ${K}'], options);
  const list = envelopeOf(await cli(['mcp', 'list', '--json'], options));
  expect(list.payload['servers']).toEqual([
    { name: 'db', scope: 'user', place: 'db-server --port 7', approved: true },
    { name: 'web', scope: 'user', place: 'https://x.example/mcp', approved: true },
  ]);
  const shown = await cli(['mcp', 'show', 'db'], options);
  expect(shown.stdout).toContain('"KEY": "…"');
  expect(shown.stdout).not.toContain('planted');
  expect((await cli(['mcp', 'show', 'web'], options)).stdout).toContain('Bearer ${K}');
  expect(statSync(join(repo.root, 'home/mcp.json')).mode & 0o777).toBe(0o600);
  await cli(['mcp', 'remove', 'db'], options);
  expect((await cli(['mcp', 'list'], options)).stdout).not.toContain('db-server');
  expect((await cli(['mcp', 'show', 'db'], options)).stderr).toContain('There is no MCP server "db"');
});

test.each([
  [['Bad Name', '--', 'x'], 'is no name'],
  [['a'], 'Give either --url or'],
  [['a', '--url', 'https://x.example', '--', 'x'], 'Give either --url or'],
  [['a', '--scope', 'project', '--env', 'KEY=secret', '--', 'x'], 'must name a variable'],
  [['a', '--scope', 'project', '--trust', 'annotations', '--', 'x'], 'leave out --trust'],
  [['a', '--env', 'KEY', '--', 'x'], 'NAME=VALUE'],
])('add refuses %j: %s', async (words, why) => {
  using repo = scratch();
  const ended = await cli(['mcp', 'add', ...words], withHome(repo.root));
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(why);
});

test("a repository's server is started only as it was approved, by a run and by hand", async () => {
  using repo = scratch();
  const started = join(repo.root, 'started');
  const entry = (more: string) => ({
    command: process.execPath,
    args: ['-e', `require('fs').writeFileSync(${JSON.stringify(started)}, '');${more}`],
  });
  const write = (more = '') =>
    writeFileSync(join(repo.root, '.mcp.json'), JSON.stringify({ mcpServers: { evil: entry(more) } }));
  const options = withHome(repo.root);
  write();
  await using model = await openaiServer([{ text: 'Hello.' }, { text: 'Hello.' }]);
  const env = { ...options.env, OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${model.url}/v1` };
  const run = await cli(['run', 'hello'], { ...options, env });
  expect(run.stderr).toContain('The repository names an MCP server "evil"');
  const tested = await cli(['mcp', 'test', 'evil'], options);
  expect(tested.stderr).toContain('is not approved as it is');
  expect(existsSync(started)).toBe(false);
  expect((await cli(['mcp', 'approve', 'evil'], options)).stdout).toContain('writeFileSync');
  expect((await cli(['mcp', 'list'], options)).stdout).not.toContain('not approved');
  write('1');
  expect((await cli(['mcp', 'test', 'evil'], options)).stderr).toContain('is not approved as it is');
  expect(existsSync(started)).toBe(false);
  write();
  await cli(['mcp', 'test', 'evil'], options);
  expect(existsSync(started)).toBe(true);
});

test('our tools are served to our own client, and a run uses them', async () => {
  using repo = scratch({ 'a.txt': 'from the server' });
  const options = withHome(repo.root);
  const [command = '', ...args] = ourServer;
  const only = ['--tools', 'read', '--cwd', repo.root];
  await cli(['mcp', 'add', 'own', '--', command, ...args, ...only], options);
  const tested = envelopeOf(await cli(['mcp', 'test', 'own', '--json'], options));
  expect(tested.payload['tools']).toMatchObject([{ name: 'own__read' }]);
  await using model = await openaiServer([
    { calls: [{ tool: 'own__read', input: { path: 'a.txt' } }] },
    { text: 'It says so.' },
  ]);
  const env = { ...options.env, OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${model.url}/v1` };
  const run = await cli(['run', '--mode', 'full-auto', '--yes', 'read it'], { ...options, env });
  expect(run.stdout).toContain('It says so.');
  expect(JSON.stringify(model.requests.at(-1))).toContain('from the server');
});

test('a tool that a server changed is refused until it is approved', async () => {
  using repo = scratch();
  const options = withHome(repo.root);
  const [command = '', ...args] = ourServer;
  const known = join(repo.root, 'home/mcp-known.json');
  await cli(['mcp', 'add', 'own', '--', command, ...args, '--tools', 'read'], options);
  await cli(['mcp', 'test', 'own'], options);
  mkdirSync(join(repo.root, 'home'), { recursive: true });
  writeFileSync(known, readFileSync(known, 'utf8').replace(/("own__read": ")[0-9a-f]{8}/, '$100000000'));
  expect((await cli(['mcp', 'test', 'own'], options)).stdout).toContain('changed: own__read');
  expect((await cli(['mcp', 'approve', 'own', '--tools'], options)).stdout).toContain('accepted own__read');
  expect((await cli(['mcp', 'test', 'own'], options)).stdout).not.toContain('changed:');
});

test('serving by HTTP shows where and with which token, and ends with Ctrl-C', async () => {
  using repo = scratch();
  const { child, ended, said } = startCli(['mcp', 'serve', '--http', '0', '--tools', 'read'], withHome(repo.root));
  const shown = new Promise<void>((resolve) =>
    child.stderr?.on('data', () => said.stderr.includes('Ctrl-C') && resolve()),
  );
  await shown;
  const url = /at (\S+)/.exec(said.stderr)?.[1] ?? '';
  const token = /Bearer (\S+)/.exec(said.stderr)?.[1] ?? '';
  const options = withHome(repo.root);
  const env = { ...options.env, TOKEN: token };
  await cli(['mcp', 'add', 'far', '--url', url, '--header', 'Authorization: Bearer ${TOKEN}'], options);
  expect((await cli(['mcp', 'test', 'far'], { ...options, env })).stdout).toContain('far__read');
  const alone = await cli(['run', '--offline', '--model', 'practice', 'say hello'], { ...options, env });
  expect(alone.stderr).toContain('Without the MCP server far: it is reached by network');
  const wrong = await cli(['mcp', 'test', 'far'], { ...options, env: { ...env, TOKEN: 'x'.repeat(20) } });
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('wants you to sign in. Give it --oauth');
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
});
