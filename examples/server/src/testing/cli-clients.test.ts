import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CapstanError, type Json } from '@capstan/sdk/contract';
import type { ScriptedReply, SeenRequest } from '@capstan/providers/testing';
import { describe, expect, test } from 'vitest';
import { openBoth, type Upstream, upstreams } from './upstreams.ts';

/** Folder of the programs that `npm run clients` installs. */
const bin = process.env['CAPSTAN_TEST_CLIENTS'];
const task = 'Make the file made.txt.';
const limitMs = 120_000;

interface Place {
  readonly url: string;
  readonly home: string;
  readonly workspace: string;
}

interface Client {
  readonly program: string;
  readonly dialect: string;
  readonly args: (place: Place) => readonly string[];
  readonly env: (place: Place) => { readonly [name: string]: string };
  /** Upstreams that it is tried with: all, but for those that take seconds to start. */
  readonly wires?: readonly string[];
  /** Files of its settings, by their place under its home. */
  readonly files?: (place: Place) => { readonly [path: string]: unknown };
  /** The tool that runs a command, with its arguments. */
  readonly shell: { readonly tool: string; readonly input: (command: string) => Json };
}

const token = 'device-1';

const clients: { readonly [name: string]: Client } = {
  codex: {
    program: 'codex',
    dialect: 'openai-responses',
    args: ({ url }) => [
      'exec',
      '--json',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      ...['model="any"', 'model_provider="relay"'].flatMap((setting) => ['-c', setting]),
      '-c',
      `model_providers.relay={name="relay",base_url="${url}/v1",wire_api="responses",env_key="RELAY_TOKEN"}`,
      task,
    ],
    env: () => ({ RELAY_TOKEN: token }),
    shell: { tool: 'exec_command', input: (cmd) => ({ cmd }) },
  },
  'claude code': {
    program: 'claude',
    dialect: 'anthropic',
    args: () => ['-p', task, '--output-format', 'json', '--allowedTools', 'Bash'],
    env: ({ url }) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: token,
      ANTHROPIC_MODEL: 'any',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    }),
    shell: { tool: 'Bash', input: (command) => ({ command, description: 'makes a file' }) },
  },
  'gemini cli': {
    program: 'gemini',
    dialect: 'google',
    wires: ['google', 'anthropic'],
    args: () => ['-m', 'any', '--yolo', '--output-format', 'json', '-p', task],
    env: ({ url }) => ({ GEMINI_API_KEY: token, GOOGLE_GEMINI_BASE_URL: url }),
    files: () => ({
      '.gemini/settings.json': {
        security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
        telemetry: { enabled: false },
        privacy: { usageStatisticsEnabled: false },
        general: { enableAutoUpdate: false },
      },
    }),
    shell: { tool: 'run_shell_command', input: (command) => ({ command }) },
  },
  opencode: {
    program: 'opencode',
    dialect: 'openai-chat',
    wires: ['chat', 'google'],
    args: () => ['run', '--format', 'json', task],
    env: () => ({ OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' }),
    files: ({ url }) => ({
      '.config/opencode/opencode.json': {
        autoupdate: false,
        share: 'disabled',
        permission: 'allow',
        model: 'relay/any',
        small_model: 'relay/any',
        provider: {
          relay: {
            npm: '@ai-sdk/openai-compatible',
            options: { baseURL: `${url}/v1`, apiKey: token },
            models: { any: { name: 'any', tool_call: true } },
          },
        },
      },
    }),
    shell: { tool: 'bash', input: (command) => ({ command, description: 'makes a file' }) },
  },
};

/** What a model does: says so and runs one command, then tells that it is done. Without the tool it only speaks. */
function worker({ tool, input }: Client['shell']): (request: SeenRequest) => ScriptedReply {
  const usage = { inputTokens: 100, outputTokens: 10 };
  return ({ body }) => {
    const { tools = [], ...rest } = body as { tools?: Json };
    if (!JSON.stringify(tools).includes(`"name":"${tool}"`)) return { text: 'Making a file', usage };
    if (/"(tool_call_id|call_id|tool_use_id|functionResponse)":/.test(JSON.stringify(rest)))
      return { text: 'The file is made.', usage };
    return {
      reasoning: 'I make it.',
      text: 'I make the file.',
      calls: [{ tool, input: input('echo made > made.txt') }],
      usage,
    };
  };
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly made: string | undefined;
}

/** Runs a client in a repository and a home of its own, from which it reaches nothing but the relay. */
async function run({ program, args, env, files }: Client, url: string): Promise<Ran> {
  const scratch = mkdtempSync(join(tmpdir(), 'capstan-client-'));
  const place: Place = { url, home: join(scratch, 'home'), workspace: join(scratch, 'workspace') };
  mkdirSync(join(place.workspace, '.git'), { recursive: true });
  mkdirSync(join(place.home, '.codex'), { recursive: true });
  for (const [path, content] of Object.entries(files?.(place) ?? {})) {
    const file = join(place.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(content));
  }
  const nowhere = 'http://127.0.0.1:9';
  const child = spawn(join(bin ?? '', program), args(place), {
    cwd: place.workspace,
    env: {
      PATH: process.env['PATH'],
      HOME: place.home,
      CODEX_HOME: join(place.home, '.codex'),
      HTTPS_PROXY: nowhere,
      https_proxy: nowhere,
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
      ...env(place),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const stop = setTimeout(() => endGroup(child.pid), limitMs - 5000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  clearTimeout(stop);
  endGroup(child.pid);
  const file = join(place.workspace, 'made.txt');
  const made = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  return { code, out: Buffer.concat(chunks).toString('utf8'), made };
}

/** Ends what a client may have left behind. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left.
  }
}

describe.skipIf(bin === undefined)('command lines of other makers', () => {
  const rows = Object.entries(clients).flatMap(([name, { wires }]) =>
    (wires ?? Object.keys(upstreams)).map((wire) => [name, wire] as const),
  );

  test.each(rows)(
    '%s does a task with a tool before an upstream that speaks %s',
    { timeout: limitMs },
    async (name, wire) => {
      const client = clients[name] as Client;
      await using both = await openBoth(upstreams[wire] as Upstream, worker(client.shell));
      const { relay } = both;
      const { code, out, made } = await run(client, relay.url);
      expect(out).toContain('The file is made.');
      expect([code, made]).toEqual([0, 'made\n']);
      expect(relay.calls.length).toBeGreaterThanOrEqual(2);
      expect(relay.calls.map(({ status, dialect, error }) => [status, dialect, error])).toEqual(
        relay.calls.map(() => [200, client.dialect, undefined]),
      );
      expect(relay.faults).toEqual([]);
      await relay.until(() => relay.gate.open() === 0);
    },
  );

  test.each(['codex', 'claude code', 'gemini cli'])(
    '%s tries an exhausted quota once',
    { timeout: limitMs },
    async (name) => {
      const client = clients[name] as Client;
      await using both = await openBoth(upstreams['chat'] as Upstream, worker(client.shell));
      const refused = new CapstanError('rate_limited', 'The quota of today is used up.', { retryable: false });
      both.relay.gate.refuse = { refused, final: true, headers: {} };
      const { code, made } = await run(client, both.relay.url);
      expect([code === 0, made]).toEqual([false, undefined]);
      expect(both.relay.gate.estimates).toHaveLength(1);
    },
  );
});
