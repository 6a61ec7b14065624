import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callByName as call } from './__fixtures__/call-by-name.ts';
import { connectMcp } from './connect-mcp.ts';
import type { McpConnection, McpOptions } from './connect-mcp.ts';

let folder: string;
const open: McpConnection[] = [];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'capstan-mcp-')));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await rm(folder, { recursive: true, force: true });
});

/** The public servers of the protocol's own project, as a user installs them. */
const programs = {
  filesystem: import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'),
  memory: import.meta.resolve('@modelcontextprotocol/server-memory/dist/index.js'),
  sequential: import.meta.resolve('@modelcontextprotocol/server-sequential-thinking/dist/index.js'),
};

interface ConnectOptions extends McpOptions {
  readonly args?: string[];
  readonly env?: Record<string, string>;
}

async function connect(name: keyof typeof programs, { args = [], env = {}, ...options }: ConnectOptions = {}) {
  const file = fileURLToPath(programs[name]);
  const config = { command: process.execPath, args: [file, ...args], env };
  const connection = await connectMcp(name, config, options);
  open.push(connection);
  return connection;
}

test('the file server reads and writes in the folder it was given, and nowhere else', async () => {
  await writeFile(join(folder, 'a.txt'), 'hello');
  const server = await connect('filesystem', { args: [folder] });
  expect(await call(server, 'filesystem__read_text_file', { path: join(folder, 'a.txt') })).toContain('hello');
  await call(server, 'filesystem__write_file', { path: join(folder, 'b.txt'), content: 'there' });
  expect(await readFile(join(folder, 'b.txt'), 'utf8')).toBe('there');
  await expect(call(server, 'filesystem__read_text_file', { path: '/etc/hostname' })).rejects.toThrow(/denied|outside/);
});

test('the file server works in the roots that it is told', async () => {
  await writeFile(join(folder, 'a.txt'), 'by root');
  const server = await connect('filesystem', { roots: [folder] });
  const read = () => call(server, 'filesystem__read_text_file', { path: join(folder, 'a.txt') });
  // It asks for the roots by itself, some time after the connection stands.
  let text = '';
  for (let tries = 0; tries < 200 && text === ''; tries++) text = await read().catch(() => '');
  expect(text).toContain('by root');
});

test('the memory server keeps what it is told from one connection to the next', async () => {
  const env = { MEMORY_FILE_PATH: join(folder, 'memory.json') };
  const first = await connect('memory', { env });
  const entity = { name: 'Ann', entityType: 'person', observations: ['likes rain'] };
  await call(first, 'memory__create_entities', { entities: [entity] });
  await first.close();
  expect(await call(await connect('memory', { env }), 'memory__search_nodes', { query: 'Ann' })).toContain(
    'likes rain',
  );
});

test('the thinking server counts thoughts', async () => {
  const server = await connect('sequential');
  const thought = { thought: 'Hm.', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 };
  expect(await call(server, 'sequential__sequentialthinking', thought)).toContain('thoughtHistoryLength');
});
