import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openaiServer } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { contractCommands, contractSchema } from '../contract/contract-schema.ts';
import type { Cli } from '../frame/cli.ts';
import { commands } from '../program/table.ts';
import { cliHere } from '../testing/cli-here.ts';
import { checkStreamLine } from '../testing/check-envelope.ts';
import {
  cli,
  commandLine,
  envelopeOf,
  scratch,
  type CliOptions,
  type Ended,
  type Scratch,
} from '../testing/scratch.ts';

/** Every command that does something itself, by its whole name. */
async function leaves(): Promise<ReadonlyMap<string, Command>> {
  // Nothing but its shape is read of a command, so what it would work with need not be there.
  const none = { io: {}, commands, globals: {} } as unknown as Cli;
  const tops = await Promise.all(commands.map(async ({ load }) => (await load()).command(none)));
  const rows = tops.flatMap((top): [string, Command][] =>
    top.commands.length === 0
      ? [[top.name(), top]]
      : top.commands.map((child) => [`${top.name()} ${child.name()}`, child as Command]),
  );
  return new Map(rows);
}

/** Commands that change nothing of the user's, or hand the terminal to a person or a program of the user's choice. */
const withoutDryRun = new Set(
  `ui acp stack index search map schema status doctor completion serve watch
  patch list, patch show, patch check, sessions list, sessions show, sessions export, sessions search, log show,
  log verify, log replay, tool list, tool show, mcp list, mcp show, mcp test, mcp serve, agent list, agent show,
  provider list, provider test, models list, tape show, tape verify, policy guard, policy explain, policy redact,
  plugin list, plugin show, sandbox run, prompt dump, prompt list, prompt show, auth list, config get, config paths,
  config schema, config edit, budget show, telemetry show`
    .split('\n')
    .flatMap((line, at) => (at === 0 ? line.split(' ') : line.split(',')))
    .map((name) => name.trim())
    .filter(Boolean),
);

test('every command has a schema, and every schema a command', async () => {
  const names = [...(await leaves()).keys(), 'completion words'];
  expect([...contractCommands].toSorted()).toEqual(names.toSorted());
});

test('every command takes --json and, where it changes something, --dry-run', async () => {
  for (const [name, command] of await leaves()) {
    const options = command.options.map(({ long }) => long);
    expect(options, name).toContain('--json');
    expect(options.includes('--dry-run'), `${name} takes --dry-run`).toBe(!withoutDryRun.has(name));
  }
});

test('every command has help with examples', async () => {
  using repo = scratch();
  for (const name of (await leaves()).keys()) {
    const { code, stdout } = await cliHere([...name.split(' '), '--help'], { cwd: repo.root });
    expect(code, name).toBe(0);
    expect(stdout, name).toMatch(/\nExamples?:\n {2}(?:capstan|\S+=|[^\n]*\| capstan)/);
    expect(stdout, name).toContain(`capstan ${name}`);
  }
});

test('the published schema is what the command line prints', async () => {
  const text = `${JSON.stringify(contractSchema(), undefined, 2)}\n`;
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, '../../schema/payloads.json'));
  using repo = scratch();
  const { stdout } = await cliHere(['schema'], { cwd: repo.root });
  expect(JSON.parse(stdout)).toEqual(JSON.parse(text));
});

/** A line that succeeds and one that fails. */
interface Pair {
  readonly good?: readonly string[];
  readonly bad: readonly string[];
  readonly input?: string;
  /** Starts a process of its own: it hands its streams on, or asks another program. */
  readonly apart?: boolean;
  /** What the good line ends with. Default 0. */
  readonly exit?: number;
}

const diff = '--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n';
const edit = JSON.stringify({ path: 'a.txt', content: 'two\n' });

/** By the order of what they need of one another. */
const talk: Readonly<Record<string, Pair>> = {
  ui: { bad: ['ui'] },
  run: { good: ['run', 'say hello'], bad: ['run', '--mode', 'yolo', 'x'] },
  resume: { good: ['resume', '--dry-run'], bad: ['resume', 'nothing'] },
  do: { good: ['do', 'explain', 'a.txt'], bad: ['do', 'nothing'] },
  acp: { good: ['acp'], bad: ['acp', '--nothing'], apart: true, input: '' },
  wrap: { good: ['wrap', '--', 'true'], bad: ['wrap', '--tries', '0', '--', 'true'], apart: true },
  watch: { good: ['watch', '--recent'], bad: ['watch', '--every', '0'] },
  plan: { good: ['plan', 'say hello', '--facts'], bad: ['plan'] },
  edit: { good: ['edit', 'a.txt', 'say hello', '--dry-run'], bad: ['edit', 'a.txt:9', 'x'] },
  test: { good: ['test', '--related', '--dry-run'], bad: ['test', 'missing.txt'], apart: true },
  fix: { good: ['fix', '--', 'true'], bad: ['fix', '--tries', '0'], apart: true },
  review: { good: ['review', 'HEAD~1'], bad: ['review'] },
  explain: { good: ['explain', 'a.txt'], bad: ['explain', 'missing.txt'] },
  doc: { good: ['doc', 'a.txt', '--dry-run'], bad: ['doc', 'missing.txt'] },
  experiment: { good: ['experiment', 'x', '--dry-run'], bad: ['experiment', 'x', '--at-once', '0'] },
  commit: { good: ['commit', '--dry-run', '--all', '-m', 'fix: it'], bad: ['commit'] },
  'sandbox run': {
    good: ['sandbox', 'run', '--level', 'none', '--', 'true'],
    bad: ['sandbox', 'run', '--level', 'nothing', '--', 'true'],
    apart: true,
  },
};

const byHand: Readonly<Record<string, Pair>> = {
  'tool list': { good: ['tool', 'list'], bad: ['tool', 'list', '--nothing'] },
  'tool show': { good: ['tool', 'show', 'read'], bad: ['tool', 'show', 'nothing'] },
  'tool run': { good: ['tool', 'run', 'write', '--input', edit], bad: ['tool', 'run', 'read', '--input', '{'] },
  stack: { good: ['stack'], bad: ['stack', '--cwd', '/nowhere'] },
  index: { good: ['index', '--skipped'], bad: ['index', '--cwd', '/nowhere'] },
  search: { good: ['search', 'hello', '--context', '500'], bad: ['search', 'x', '--limit', '0'] },
  map: { good: ['map'], bad: ['map', '--tokens', '1'] },
};

/** In the order in which each leaves the files for the next. */
const refactors: Readonly<Record<string, Pair>> = {
  'refactor rename': {
    good: ['refactor', 'rename', 'half', 'halve', '--apply'],
    bad: ['refactor', 'rename', 'half', '9'],
  },
  'refactor extract': {
    good: ['refactor', 'extract', 'b.ts:2:38-2:43', '--name', 'third', '--variable'],
    bad: ['refactor', 'extract', 'b.ts:2', '--name', 'x'],
  },
  'refactor inline': { good: ['refactor', 'inline', 'halve', '--dry-run'], bad: ['refactor', 'inline', 'nothing'] },
  'refactor move': { good: ['refactor', 'move', 'thirds', 'c.ts'], bad: ['refactor', 'move', 'thirds', '../c.ts'] },
  'refactor move-file': {
    good: ['refactor', 'move-file', 'b.ts', 'd.ts'],
    bad: ['refactor', 'move-file', 'x.ts', 'y.ts'],
  },
  'refactor split': { good: ['refactor', 'split', 'b.ts'], bad: ['refactor', 'split', 'a.txt'] },
  'refactor export': { good: ['refactor', 'export', 'b.ts#thirds', '--default'], bad: ['refactor', 'export', 'b.ts'] },
  'refactor imports': { good: ['refactor', 'imports'], bad: ['refactor', 'imports', '--nothing'] },
};

const kept: Readonly<Record<string, Pair>> = {
  'patch list': { good: ['patch', 'list'], bad: ['patch', 'list', '--nothing'] },
  'patch show': { good: ['patch', 'show'], bad: ['patch', 'show', 'nothing'] },
  'patch check': { good: ['patch', 'check', 'PATCH'], bad: ['patch', 'check', 'nothing'] },
  'patch rollback': { good: ['patch', 'rollback'], bad: ['patch', 'rollback', 'nothing'] },
  'patch apply': { good: ['patch', 'apply', 'PATCH', '--dry-run'], bad: ['patch', 'apply', 'nothing'] },
  'patch create': { good: ['patch', 'create', '-'], bad: ['patch', 'create', 'missing.diff'], input: diff },
  'patch reject': { good: ['patch', 'reject', 'NEWEST'], bad: ['patch', 'reject', 'nothing'] },
  'sessions list': { good: ['sessions', 'list'], bad: ['sessions', 'list', '--nothing'] },
  'sessions show': { good: ['sessions', 'show'], bad: ['sessions', 'show', 'nothing'] },
  'log verify': { good: ['log', 'verify', 'RUN'], bad: ['log', 'verify', 'nothing'] },
  'log replay': { good: ['log', 'replay', 'RUN'], bad: ['log', 'replay', 'nothing'] },
  'sessions rename': { good: ['sessions', 'rename', 'SESSION', 'a', 'name'], bad: ['sessions', 'rename', 'no', 'x'] },
  'sessions fork': { good: ['sessions', 'fork', 'SESSION'], bad: ['sessions', 'fork', 'SESSION', '--at', 'x'] },
  'sessions export': { good: ['sessions', 'export', '-o', 's.jsonl'], bad: ['sessions', 'export', 'nothing'] },
  'sessions import': { good: ['sessions', 'import', 's.jsonl'], bad: ['sessions', 'import', 'missing'] },
  'sessions search': { good: ['sessions', 'search', 'hand'], bad: ['sessions', 'search'] },
  'log show': { good: ['log', 'show'], bad: ['log', 'show', 'nothing'] },
  'sessions prune': { good: ['sessions', 'prune', '--keep', '9', '--dry-run'], bad: ['sessions', 'prune'] },
  'sessions delete': { good: ['sessions', 'delete', 'SESSION'], bad: ['sessions', 'delete', 'nothing'] },
};

const parts: Readonly<Record<string, Pair>> = {
  'mcp add': { good: ['mcp', 'add', 'db', '--', 'db-server'], bad: ['mcp', 'add', 'a'] },
  'mcp list': { good: ['mcp', 'list'], bad: ['mcp', 'list', '--nothing'] },
  'mcp show': { good: ['mcp', 'show', 'db'], bad: ['mcp', 'show', 'nothing'] },
  'mcp approve': { good: ['mcp', 'approve', 'db', '--dry-run'], bad: ['mcp', 'approve', 'nothing'] },
  'mcp test': { good: ['mcp', 'test', 'own'], bad: ['mcp', 'test', 'nothing'] },
  'mcp login': { good: ['mcp', 'login', 'web', '--dry-run'], bad: ['mcp', 'login', 'db'] },
  'mcp logout': { bad: ['mcp', 'logout', 'web'] },
  'mcp remove': { good: ['mcp', 'remove', 'db'], bad: ['mcp', 'remove', 'nothing'] },
  'mcp serve': { good: ['mcp', 'serve'], bad: ['mcp', 'serve', '--http', 'x'], apart: true, input: '' },
  'agent create': { good: ['agent', 'create', 'a', '--text', 'x'], bad: ['agent', 'create', 'Bad Name'] },
  'agent list': { good: ['agent', 'list'], bad: ['agent', 'list', '--nothing'] },
  'agent show': { good: ['agent', 'show', 'a'], bad: ['agent', 'show', 'nothing'] },
  'agent delete': { good: ['agent', 'delete', 'a'], bad: ['agent', 'delete', 'nothing'] },
  serve: { bad: ['serve', '--check', '--config', 'missing.yaml'], apart: true },
  'provider add': { good: ['provider', 'add', 'work', '--base-url', 'VENDOR'], bad: ['provider', 'add', 'W'] },
  'provider list': { good: ['provider', 'list'], bad: ['provider', 'list', '--nothing'] },
  'provider test': { good: ['provider', 'test', 'work'], bad: ['provider', 'test', 'nothing'] },
  'provider remove': { good: ['provider', 'remove', 'work'], bad: ['provider', 'remove', 'nothing'] },
  'models list': { good: ['models', 'list'], bad: ['models', 'list', 'nothing', '--live'] },
  'models pull': { good: ['models', 'pull', 'tiny'], bad: ['models', 'pull'] },
  'tape show': { good: ['tape', 'show', 'a.tape'], bad: ['tape', 'show', 'missing.tape'] },
  'tape verify': { good: ['tape', 'verify', 'a.tape'], bad: ['tape', 'verify', 'missing.tape'] },
  'policy guard': { good: ['policy', 'guard', '--command', 'ls'], bad: ['policy', 'guard'] },
  'policy explain': { good: ['policy', 'explain', '--command', 'ls | tee b'], bad: ['policy', 'explain'] },
  'policy redact': { good: ['policy', 'redact'], bad: ['policy', 'redact', '--nothing'], input: 'hello' },
  'plugin list': { good: ['plugin', 'list'], bad: ['plugin', 'list', '--nothing'] },
  'plugin show': { good: ['plugin', 'show', 'capstan-plugin-moon'], bad: ['plugin', 'show', 'nothing'] },
  'plugin trust': { good: ['plugin', 'trust', 'capstan-plugin-moon'], bad: ['plugin', 'trust', 'nothing'] },
  'plugin forget': { good: ['plugin', 'forget', 'capstan-plugin-moon'], bad: ['plugin', 'forget'] },
  'prompt dump': { good: ['prompt', 'dump'], bad: ['prompt', 'dump', '--agent', 'nothing'] },
  'prompt list': { good: ['prompt', 'list'], bad: ['prompt', 'list', '--nothing'] },
  'prompt show': { good: ['prompt', 'show', 'fix', '--var', 'file=a'], bad: ['prompt', 'show', 'nothing'] },
};

const settings: Readonly<Record<string, Pair>> = {
  init: { good: ['init'], bad: ['init', '--cwd', '/nowhere'] },
  status: { good: ['status'], bad: ['status', '--cwd', '/nowhere'] },
  doctor: { good: ['doctor'], bad: ['doctor', '--cwd', '/nowhere'] },
  'auth login': { good: ['auth', 'login', 'openai'], bad: ['auth', 'login', 'nobody'], input: 'sk-planted-0123456789' },
  'auth list': { good: ['auth', 'list'], bad: ['auth', 'list', '--nothing'] },
  'auth logout': { good: ['auth', 'logout', 'openai'], bad: ['auth', 'logout', 'nobody'] },
  'config set': { good: ['config', 'set', 'mode', 'suggest'], bad: ['config', 'set', 'nothing', '1'] },
  'config get': { good: ['config', 'get'], bad: ['config', 'get', 'nothing'] },
  'config paths': { good: ['config', 'paths'], bad: ['config', 'paths', '--nothing'] },
  'config schema': { good: ['config', 'schema'], bad: ['config', 'schema', '--nothing'] },
  'config edit': { bad: ['config', 'edit'] },
  'budget set': { good: ['budget', 'set', '--usd', '1'], bad: ['budget', 'set', '--usd', 'x'] },
  'budget show': { good: ['budget', 'show'], bad: ['budget', 'show', '--nothing'] },
  'telemetry on': { good: ['telemetry', 'on', '--file', 't.jsonl', '--dry-run'], bad: ['telemetry', 'on'] },
  'telemetry show': { good: ['telemetry', 'show'], bad: ['telemetry', 'show', '--nothing'] },
  'telemetry off': { good: ['telemetry', 'off'], bad: ['telemetry', 'off', '--nothing'] },
  upgrade: { good: ['upgrade', '--dry-run'], bad: ['upgrade', '--nothing'], apart: true },
  completion: { good: ['completion', 'bash'], bad: ['completion', 'csh'] },
  'completion words': { good: ['completion', 'words', 'pat'], bad: ['completion', 'words', '--nothing'] },
  schema: { good: ['schema', 'patch', 'list'], bad: ['schema', 'nothing'] },
};

test('no command is left out of what is run below', () => {
  const run = [talk, byHand, refactors, kept, parts, settings].flatMap((each) => Object.keys(each));
  expect(run.toSorted()).toEqual([...contractCommands].toSorted());
});

/** Runs the pairs one after the other; words in capitals stand for ids that are kept by then. */
async function runAll(pairs: Readonly<Record<string, Pair>>, options: CliOptions, ids: () => Promise<Ids>) {
  for (const [cmd, { good, bad, input, apart = false, exit = 0 }] of Object.entries(pairs)) {
    const given = { ...options, ...(input === undefined ? {} : { input }) };
    const start = (words: readonly string[]): Promise<Ended> =>
      apart ? cli([...asJson(words)], given) : cliHere([...asJson(words)], given);
    if (good) {
      const known = good.some((word) => /^[A-Z]{3,}$/.test(word)) ? await ids() : {};
      const ended = await start(good.map((word) => known[word] ?? word));
      expect(envelopeOf(ended), `${cmd}: ${ended.stdout}${ended.stderr}`).toMatchObject({ cmd, meta: { exit } });
    }
    const failed = envelopeOf(await start(bad));
    expect(failed, cmd).toMatchObject({ ok: false });
    expect(cmd === failed.cmd || cmd.startsWith(`${failed.cmd} `), `${cmd}: ${failed.cmd}`).toBe(true);
  }
}

type Ids = Readonly<Record<string, string>>;

/** `--json` stands before the words of another program. */
function asJson(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return end === -1 ? [...words, '--json'] : [...words.slice(0, end), '--json', ...words.slice(end)];
}

function files(repo: Scratch): CliOptions & { readonly env: Record<string, string> } {
  return { cwd: repo.root, env: { CAPSTAN_CONFIG_HOME: join(repo.root, '.git', 'home') } };
}

async function idsOf(options: CliOptions): Promise<Ids> {
  const read = async (...words: string[]) => envelopeOf(await cliHere([...words, '--json'], options)).payload;
  const patches = (await read('patch', 'list'))['patches'] as { id: string; state: string }[];
  const [session] = (await read('sessions', 'list'))['sessions'] as { sessionId: string; lastRunId: string }[];
  return {
    PATCH: patches.find(({ state }) => state !== 'proposed')?.id ?? '',
    NEWEST: patches[0]?.id ?? '',
    SESSION: session?.sessionId ?? '',
    RUN: session?.lastRunId ?? '',
  };
}

const long = 180_000;

test('what talks with a model prints what is published', { timeout: long }, async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using vendor = await openaiServer(() => ({ text: 'Hello.' }));
  const options = files(repo);
  const env = { ...options.env, OPENAI_API_KEY: 'sk-planted-0123456789', OPENAI_BASE_URL: `${vendor.url}/v1` };
  expect((await cliHere(['tool', 'run', 'write', '--input', edit], options)).code).toBe(0);
  const first = { ...talk, review: { good: ['review'], bad: ['review', '--staged'] } };
  await runAll(first, { ...options, env }, async () => ({}));
  const { stdout } = await cliHere(['run', '--stream-json', 'say hello'], { ...options, env });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) checkStreamLine(line);
  const broken = await cliHere(['run', '--stream-json', '--mode', 'yolo', 'x'], { ...options, env });
  checkStreamLine(broken.stdout.trim());
  expect(() => checkStreamLine('{"type":"text.delta","text":"x"}')).toThrow(/not as published/);
});

test('what is kept is printed as published', { timeout: long }, async () => {
  using repo = scratch({ 'a.txt': 'one\n', 'b.ts': 'export const hello = 1;\n' });
  await using vendor = await openaiServer(() => ({ text: 'By hand.' }));
  const options = files(repo);
  const env = { ...options.env, OPENAI_API_KEY: 'sk-planted-0123456789', OPENAI_BASE_URL: `${vendor.url}/v1` };
  const all = { ...options, env };
  const ids = () => idsOf(all);
  await runAll(byHand, all, ids);
  expect((await cliHere(['run', 'say by hand'], all)).code).toBe(0);
  await runAll(kept, all, ids);
});

test('refactors are printed as published', { timeout: long }, async () => {
  const text =
    'const half = (n: number) => n / 2;\nexport const thirds = (n: number) => n / 3;\nexport function quarters(n: number) {\n  return half(half(n));\n}\n';
  using repo = scratch({ 'package.json': '{ "private": true }\n', 'a.txt': 'one\n', 'b.ts': text });
  await runAll(refactors, files(repo), async () => ({}));
});

test('agents, servers, vendors, rules and prompts are printed as published', { timeout: long }, async () => {
  using repo = scratch({
    'a.txt': 'one\n',
    '.capstan/prompts/fix.md': '---\nvariables:\n  file:\n---\nFix {{file}}.\n',
  });
  await using vendor = await openaiServer(() => ({ text: 'Hello.' }));
  await using ollama = await ollamaServer();
  const options = files(repo);
  const env = {
    ...options.env,
    WORK_API_KEY: 'planted-0123456789',
    OPENAI_API_KEY: 'sk-planted-0123456789',
    OPENAI_BASE_URL: `${vendor.url}/v1`,
    OLLAMA_HOST: ollama.url,
  };
  const all = { ...options, env };
  const home = options.env['CAPSTAN_CONFIG_HOME'] ?? '';
  const plugin = join(home, 'node_modules/capstan-plugin-moon');
  mkdirSync(plugin, { recursive: true });
  const about = { name: 'capstan-plugin-moon', version: '1.0.0', license: 'MIT' };
  const gives = { capstan: { plugin: { provides: ['tools'], needs: { env: ['MOON'] } } } };
  writeFileSync(join(plugin, 'package.json'), JSON.stringify({ ...about, ...gives }));
  expect((await cliHere(['run', '--record', 'a.tape', 'hello', '--mode', 'read-only'], all)).code).toBe(0);
  const own = [process.execPath, ...commandLine, 'mcp', 'serve'];
  expect((await cliHere(['mcp', 'add', 'own', '--', ...own], all)).code).toBe(0);
  expect((await cliHere(['mcp', 'add', 'web', '--url', 'https://x.example/mcp', '--oauth'], all)).code).toBe(0);
  await runAll(parts, all, async () => ({ VENDOR: `${vendor.url}/v1` }));
});

test('settings are printed as published', { timeout: long }, async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const options = files(repo);
  const bin = join(repo.root, '.git', 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\necho 9.1.0\n', { mode: 0o755 });
  const env = { ...options.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  await runAll(settings, { ...options, env }, async () => ({}));
  expect(readFileSync(join(repo.root, 'AGENTS.md'), 'utf8')).toContain('For agents');
});

/** Speaks as much of Ollama's wire as a pull needs. */
async function ollamaServer() {
  const server = createServer((request, response) => {
    if (request.url === '/api/version') return void response.end('{"version":"0.1.0"}');
    response.end('{"status":"success"}\n');
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}
