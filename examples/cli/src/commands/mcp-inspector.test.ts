import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { commandLine, scratch, startCli } from '../testing/scratch.ts';

/** Folder of the programs that `npm run clients` installs, the protocol's own inspector among them. */
const bin = process.env['CAPSTAN_TEST_CLIENTS'];
const limitMs = 60_000;

interface Asked {
  readonly cwd: string;
  /** What the inspector connects to: a program with its arguments, or an address with a header. */
  readonly server: readonly string[];
}

/** Calls a method of a server as a user of the inspector does, and gives what it prints. */
async function inspect({ cwd, server }: Asked, method: string, ...more: readonly string[]): Promise<unknown> {
  const args = ['--cli', ...server, '--method', method, ...more];
  const env = { ...process.env, CAPSTAN_CONFIG_HOME: join(cwd, 'home') };
  const { stdout } = await promisify(execFile)(join(bin ?? '', 'mcp-inspector'), args, { cwd, env, timeout: limitMs });
  return JSON.parse(stdout);
}

const readsIt = ['--tool-name', 'read', '--tool-arg', 'path=a.txt'];
const tools = { tools: expect.arrayContaining([expect.objectContaining({ name: 'read' })]) };
const hello = { content: [{ type: 'text', text: 'hello\n' }] };

describe.skipIf(bin === undefined)(
  'the MCP inspector (installed by: npm run clients)',
  { timeout: 2 * limitMs },
  () => {
    test('lists and calls the tools of a repository over standard input and output', async () => {
      using repo = scratch({ 'a.txt': 'hello\n' });
      const asked = { cwd: repo.root, server: [process.execPath, ...commandLine, 'mcp', 'serve'] };
      expect(await inspect(asked, 'tools/list')).toMatchObject(tools);
      expect(await inspect(asked, 'tools/call', ...readsIt)).toMatchObject(hello);
    });

    test('does so over HTTP with the token, and not without it', async () => {
      using repo = scratch({ 'a.txt': 'hello\n' });
      const { child, ended, said } = startCli(['mcp', 'serve', '--http', '0'], { cwd: repo.root });
      await new Promise<void>((resolve) => child.stderr?.on('data', () => said.stderr.includes('Ctrl-C') && resolve()));
      const url = /at (\S+)/.exec(said.stderr)?.[1] ?? '';
      const header = /Authorization: Bearer \S+/.exec(said.stderr)?.[0] ?? '';
      const asked = { cwd: repo.root, server: [url, '--transport', 'http', '--header', header] };
      expect(await inspect(asked, 'tools/list')).toMatchObject(tools);
      expect(await inspect(asked, 'tools/call', ...readsIt)).toMatchObject(hello);
      const stranger = { ...asked, server: [url, '--transport', 'http', '--header', 'Authorization: Bearer wrong'] };
      await expect(inspect(stranger, 'tools/list')).rejects.toThrow(/401|[Uu]nauthorized|auth/);
      child.kill('SIGINT');
      await ended;
    });
  },
);
