import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import {
  client,
  methods,
  ndJsonStream,
  type ClientContext,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
} from '@agentclientprotocol/sdk';
import { expect, test } from 'vitest';
import { openaiServer, type LoopbackServer, type ScriptedReply } from '@capstan/providers/testing';
import { commandLine, scratch, type Scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 100, outputTokens: 10 };
const edit: ScriptedReply = { calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'two', new: 'zwei' } }] };
const files = { 'a.txt': 'one\ntwo\n' };

/** An editor: what it was told, and how it answers. */
interface Editor {
  readonly updates: SessionUpdate[];
  readonly asked: RequestPermissionRequest[];
  readonly agent: ClientContext;
}

interface EditorOptions {
  readonly repo: Scratch;
  readonly server: LoopbackServer;
  readonly args?: readonly string[];
  readonly answer?: (request: RequestPermissionRequest) => RequestPermissionResponse;
  readonly terminals?: boolean;
}

const allow = (optionId: string) => (): RequestPermissionResponse => ({ outcome: { outcome: 'selected', optionId } });

/** Starts the command as an editor does and talks with it through the official client. */
async function edits<T>(options: EditorOptions, act: (editor: Editor) => Promise<T>): Promise<T> {
  const { repo, server, args = [], answer = allow('allow'), terminals = false } = options;
  const child = spawn(process.execPath, [...commandLine, 'acp', ...args], {
    cwd: repo.root,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: join(repo.root, '..', 'no-home'),
      CAPSTAN_CONFIG_HOME: join(repo.root, '.capstan', 'test-home'),
      USER: 'tester',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${server.url}/v1`,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 60_000,
  });
  const updates: SessionUpdate[] = [];
  const asked: RequestPermissionRequest[] = [];
  const stream = ndJsonStream(
    Writable.toWeb(child.stdin) as WritableStream<Uint8Array>,
    Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>,
  );
  const outputs = new Map<string, Promise<string>>();
  const app = client({ name: 'editor' })
    .onNotification(methods.client.session.update, ({ params }) => void updates.push(params.update))
    .onRequest(methods.client.session.requestPermission, ({ params }) => {
      asked.push(params);
      return answer(params);
    })
    .onRequest(methods.client.terminal.create, ({ params }) => {
      const terminalId = `terminal-${outputs.size + 1}`;
      const shell = spawn(params.command, params.args ?? [], { cwd: params.cwd ?? repo.root });
      outputs.set(terminalId, text(shell.stdout));
      return { terminalId };
    })
    .onRequest(methods.client.terminal.waitForExit, async ({ params }) => {
      await outputs.get(params.terminalId);
      return { exitCode: 0 };
    })
    .onRequest(methods.client.terminal.output, async ({ params }) => ({
      output: (await outputs.get(params.terminalId)) ?? '',
      truncated: false,
    }))
    .onRequest(methods.client.terminal.release, () => ({}));
  try {
    return await app.connectWith(stream, async (agent) => {
      await agent.request(methods.agent.initialize, {
        protocolVersion: 1,
        clientCapabilities: { terminal: terminals },
      });
      return act({ updates, asked, agent });
    });
  } finally {
    child.kill();
  }
}

async function text(stream: Readable): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += String(chunk);
  return all;
}

function open({ agent }: Editor, { root }: Scratch): Promise<{ sessionId: string; modes?: unknown }> {
  return agent.request(methods.agent.session.new, { cwd: root, mcpServers: [] });
}

function say({ agent }: Editor, sessionId: string, words: string): Promise<{ stopReason: string }> {
  return agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text: words }] });
}

function spoken(updates: readonly SessionUpdate[], kind = 'agent_message_chunk'): string {
  return updates
    .flatMap((each) => (each.sessionUpdate === kind && 'content' in each ? [each.content] : []))
    .map((content) => (content && 'text' in content ? content.text : ''))
    .join('');
}

function callUpdates(updates: readonly SessionUpdate[]) {
  return updates.flatMap((each) =>
    each.sessionUpdate === 'tool_call' || each.sessionUpdate === 'tool_call_update' ? [each] : [],
  );
}

test('a turn: words, thoughts, a call with its diff and a permission, and the end', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { reasoning: 'Hm.', text: 'I will change it.', ...edit },
    { text: 'Two is zwei now.', usage },
  ]);
  await edits({ repo, server, args: ['--mode', 'suggest'] }, async (editor) => {
    const { sessionId, modes } = await open(editor, repo);
    expect(modes).toMatchObject({ currentModeId: 'suggest' });
    expect(await say(editor, sessionId, 'say two in German')).toEqual({ stopReason: 'end_turn' });
    const { updates, asked } = editor;
    expect(spoken(updates)).toBe('I will change it.Two is zwei now.');
    expect(spoken(updates, 'agent_thought_chunk')).toBe('Hm.');
    expect(asked).toMatchObject([{ options: [{ optionId: 'allow' }, { optionId: 'always' }, { optionId: 'reject' }] }]);
    expect(JSON.stringify(asked[0]?.toolCall.content)).toContain('+zwei');
    const calls = callUpdates(updates);
    expect(calls[0]).toMatchObject({
      title: 'edit a.txt',
      kind: 'edit',
      status: 'pending',
      locations: [{ path: join(repo.root, 'a.txt') }],
    });
    expect(calls.map(({ status }) => status).filter(Boolean)).toEqual(['pending', 'in_progress', 'completed']);
    const diff = calls.flatMap(({ content }) => content ?? []).find(({ type }) => type === 'diff');
    expect(diff).toMatchObject({ path: join(repo.root, 'a.txt'), oldText: 'one\ntwo\n', newText: 'one\nzwei\n' });
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\nzwei\n');
  });
});

test('what is rejected does not happen, and a cancelled question ends the turn', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([edit, { text: 'As you like.', usage }, edit]);
  await edits({ repo, server, args: ['--mode', 'suggest'], answer: allow('reject') }, async (editor) => {
    const { sessionId } = await open(editor, repo);
    expect(await say(editor, sessionId, 'go')).toEqual({ stopReason: 'end_turn' });
    expect(repo.status()).toBe('');
  });
  const answer = (): RequestPermissionResponse => ({ outcome: { outcome: 'cancelled' } });
  await edits({ repo, server, args: ['--mode', 'suggest'], answer }, async (editor) => {
    const { sessionId } = await open(editor, repo);
    expect(await say(editor, sessionId, 'go')).toEqual({ stopReason: 'cancelled' });
    expect(repo.status()).toBe('');
  });
});

test('a turn is cancelled at once, and the session goes on', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { text: 'A long story that never ends. '.repeat(20), fault: { kind: 'hang' } },
    { text: 'Short now.', usage },
  ]);
  await edits({ repo, server }, async (editor) => {
    const { sessionId } = await open(editor, repo);
    const turn = say(editor, sessionId, 'tell me a story');
    await expect.poll(() => spoken(editor.updates), { timeout: 15_000 }).toContain('A long');
    await editor.agent.notify(methods.agent.session.cancel, { sessionId });
    expect(await turn).toEqual({ stopReason: 'cancelled' });
    expect(await say(editor, sessionId, 'shorter')).toEqual({ stopReason: 'end_turn' });
  });
});

test('modes change, the plan is shown, and commands of one’s own are offered and filled', async () => {
  using repo = scratch({ ...files, '.capstan/commands/greet.md': '---\ndescription: Greet\n---\nSay hello to $1.' });
  const items = [
    { text: 'look', status: 'done' },
    { text: 'act', status: 'active' },
  ];
  await using server = await openaiServer([{ calls: [{ tool: 'todo', input: { items } }] }, { text: 'Hello.', usage }]);
  await edits({ repo, server }, async (editor) => {
    const { sessionId } = await open(editor, repo);
    await editor.agent.request(methods.agent.session.setMode, { sessionId, modeId: 'full-auto' });
    await say(editor, sessionId, '/greet Ada');
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('Say hello to Ada.');
    const kinds = editor.updates.map(({ sessionUpdate }) => sessionUpdate);
    expect(kinds).toContain('available_commands_update');
    expect(kinds).toContain('current_mode_update');
    expect(editor.updates.find(({ sessionUpdate }) => sessionUpdate === 'plan')).toMatchObject({
      entries: [
        { content: 'look', status: 'completed' },
        { content: 'act', status: 'in_progress' },
      ],
    });
    await expect(
      editor.agent.request(methods.agent.session.setMode, { sessionId, modeId: 'reckless' }),
    ).rejects.toMatchObject({ code: -32_602 });
  });
});

test('a session is listed, loaded by another process with all that was said, and deleted', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ text: 'The word is heron.', usage }]);
  const sessionId = await edits({ repo, server }, async (editor) => {
    const session = await open(editor, repo);
    await say(editor, session.sessionId, 'remember a word');
    return session.sessionId;
  });
  await edits({ repo, server }, async ({ agent, updates }) => {
    const { sessions } = await agent.request(methods.agent.session.list, { cwd: repo.root });
    expect(sessions).toMatchObject([{ sessionId, cwd: repo.root, title: 'remember a word' }]);
    await agent.request(methods.agent.session.load, { sessionId, cwd: repo.root, mcpServers: [] });
    expect(spoken(updates, 'user_message_chunk')).toBe('remember a word');
    expect(spoken(updates)).toBe('The word is heron.');
    await agent.request(methods.agent.session.delete, { sessionId });
    expect((await agent.request(methods.agent.session.list, { cwd: repo.root })).sessions).toEqual([]);
  });
});

test('commands run in the editor’s terminals where it has them, and what they change is a patch', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { calls: [{ tool: 'shell', input: { command: 'echo made here > made.txt; echo from a terminal' } }] },
    { text: 'Done.', usage },
  ]);
  await edits({ repo, server, args: ['--mode', 'full-auto'], terminals: true }, async (editor) => {
    const { sessionId } = await open(editor, repo);
    await say(editor, sessionId, 'go');
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('from a terminal');
    const content = callUpdates(editor.updates).flatMap((each) => each.content ?? []);
    expect(content).toContainEqual({ type: 'terminal', terminalId: 'terminal-1' });
    expect(content).toContainEqual(expect.objectContaining({ type: 'diff', newText: 'made here\n' }));
  });
});

test('pictures and open files go along', async () => {
  using repo = scratch(files);
  writeFileSync(join(repo.root, 'b.txt'), 'unsaved no more\n');
  await using server = await openaiServer([{ text: 'Seen.', usage }]);
  await edits({ repo, server }, async (editor) => {
    const { sessionId } = await open(editor, repo);
    const uri = `file://${join(repo.root, 'b.txt')}`;
    await editor.agent.request(methods.agent.session.prompt, {
      sessionId,
      prompt: [
        { type: 'text', text: 'look' },
        { type: 'image', mimeType: 'image/png', data: 'iVBORw0KGgo=' },
        { type: 'resource', resource: { uri, text: 'unsaved words' } },
        { type: 'resource_link', uri, name: 'b.txt' },
      ],
    });
    const body = JSON.stringify(server.requests.at(-1)?.body);
    expect(body).toContain('data:image/png;base64,iVBORw0KGgo=');
    expect(body).toContain('unsaved words');
    expect(body).toContain(`@${join(repo.root, 'b.txt')}`);
  });
});

test('a missing key is told as the protocol tells it', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ text: 'x', usage }]);
  await edits({ repo, server, args: ['-m', 'anthropic/claude-sonnet-4-5'] }, async (editor) => {
    const { sessionId } = await open(editor, repo);
    await expect(say(editor, sessionId, 'hi')).rejects.toMatchObject({
      code: -32_000,
      message: expect.stringContaining('ANTHROPIC_API_KEY'),
    });
  });
});
