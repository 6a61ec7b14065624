import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createAgent } from '../agent/create-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Run, RunResult } from '../contract/run.ts';
import { nodeListener } from '../node-http/node-listener.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import type { ScriptedReply } from '../testing/scripted-model.ts';
import { handleRun } from '../wire/handle-run.ts';
import { uiChat } from './ui-chat.ts';

/** A browser that tests may drive. The checks install one; a developer's own may be named instead. */
const executablePath = process.env['CAPSTAN_TEST_CHROMIUM'];

/** Bundles a page as an app would; an import of Node's fails it. */
async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`./__fixtures__/${name}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: ['@capstan/source'],
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

test('the client of the wire needs nothing of Node and stays small', async () => {
  const code = await bundle('follow-page');
  expect(code).not.toMatch(/node:|require\(/);
  expect(gzipSync(code).length).toBeLessThan(8_000);
});

const touch = defineTool({
  name: 'touch',
  description: 'Touches a file.',
  input: z.object({}),
  effects: [{ kind: 'write', path: '/a' }],
  execute: () => 'touched',
});

describe.skipIf(executablePath === undefined)('in a real browser (set CAPSTAN_TEST_CHROMIUM to one to run)', () => {
  const runs = new Map<string, Run>();
  const pages = new Map<string, string>();
  let gate = Promise.withResolvers<void>();
  const slow = defineTool({
    name: 'slow',
    description: 'Takes its time.',
    input: z.object({}),
    effects: [],
    execute: () => gate.promise.then(() => 'slept well'),
  });
  const agent = createAgent({ model: scriptedModel(({ messages }) => replyTo(messages)), tools: [touch, slow] });
  const chat = uiChat(agent, { who: () => 'ann', heartbeatMs: 50 });
  let cut = 0;
  const server = createServer(nodeListener(answer));
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    for (const name of ['chat-page', 'follow-page']) pages.set(`/${name}.js`, await bundle(name));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/api/chat')) return chat(request);
    const code = pages.get(pathname);
    if (code !== undefined) return new Response(code, { headers: { 'content-type': 'text/javascript' } });
    const run = runs.get(pathname);
    if (!run) return html(pathname.slice(1));
    const response = await handleRun(run, request);
    const limit = request.method === 'GET' && cut-- > 0 ? 700 : Infinity;
    return response.body ? new Response(broken(response.body, limit), response) : response;
  }

  async function open(path: string): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${origin}${path}`);
    return page;
  }

  const say = async (page: Page, words: string): Promise<void> => {
    await page.fill('input', words);
    await page.click('#send');
  };
  const texts = (page: Page): Promise<string[]> => page.locator('.assistant p.text').allTextContents();
  const ready = async (page: Page): Promise<void> => {
    await page.locator('#status', { hasText: 'ready' }).waitFor();
  };

  test('useChat shows a tool call, asks for approval, and goes on with the answer', async () => {
    const page = await open('/chat-page?chat=approve');
    await say(page, 'touch');
    await page.click('#approve');
    await page.locator('.tool[data-state=output-available]', { hasText: 'touched' }).waitFor();
    await page.locator('p.text', { hasText: 'Thank you.' }).waitFor();
    await ready(page);
    expect(await texts(page)).toEqual(['May I?', 'Thank you.']);
    expect(await page.locator('section').count()).toBe(2);
    const metadata = await page.locator('.assistant').getAttribute('data-metadata');
    expect(JSON.parse(metadata ?? '')).toMatchObject({ reason: 'done', turns: 2 });
    await page.close();
  });

  test('a denied call says so, also when it is denied after a reload', async () => {
    const page = await open('/chat-page?chat=deny');
    await say(page, 'touch');
    await page.locator('#deny').waitFor();
    await page.reload();
    await page.click('#deny');
    await page.locator('.tool[data-state=output-denied]').waitFor();
    await page.locator('p.text', { hasText: 'Then not.' }).waitFor();
    await ready(page);
    expect(await page.locator('#error').textContent()).toBe('');
    await page.close();
  });

  test('a stop ends the run and leaves a chat that goes on', async () => {
    const page = await open('/chat-page?chat=stop');
    await say(page, 'hang');
    await page.locator('p.text', { hasText: 'Let me think' }).waitFor();
    await page.click('#stop');
    await ready(page);
    const metadata = await page.locator('.assistant').getAttribute('data-metadata');
    expect(JSON.parse(metadata ?? '')).toMatchObject({ reason: 'stopped' });
    await say(page, 'hello');
    await page.locator('p.text', { hasText: 'You said hello' }).waitFor();
    await page.close();
  });

  test('a page that is loaded anew in the middle of an answer has all of it', async () => {
    gate = Promise.withResolvers();
    const page = await open('/chat-page?chat=reload');
    await say(page, 'slow');
    await page.locator('.tool[data-state=input-available]').waitFor();
    await page.reload();
    await page.locator('.tool[data-state=input-available]').waitFor();
    gate.resolve();
    await page.locator('.tool[data-state=output-available]', { hasText: 'slept well' }).waitFor();
    await ready(page);
    expect(await texts(page)).toEqual(['One moment.', 'Good morning.']);
    await page.reload();
    await page.locator('.tool[data-state=output-available]').waitFor();
    expect(await texts(page)).toEqual(['One moment.', 'Good morning.']);
    expect(await page.locator('section').count()).toBe(2);
    await page.close();
  });

  async function follow(run: Run, stopAt?: string) {
    runs.set(`/${run.id}`, run);
    const page = await open('/follow-page');
    const followed = await page.evaluate<{ events: RunEvent[]; result: RunResult }, [string, string | undefined]>(
      ([url, at]) => (globalThis as never as { follow(...words: unknown[]): never }).follow(url, at),
      [`/${run.id}`, stopAt],
    );
    await page.close();
    return followed;
  }

  test('remoteRun gives the same run there, approves it, and misses nothing when connections break', async () => {
    const model = scriptedModel([
      { text: 'Grüße 😀 '.repeat(50), calls: [{ tool: 'touch', input: {} }] },
      { text: 'ok' },
    ]);
    const run = createAgent({ model, tools: [touch] }).run('go', { approvals: 'wait' });
    cut = 3;
    const { events, result } = await follow(run);
    expect(cut).toBeLessThan(0);
    expect(events.filter(({ type }) => type !== 'text.delta')).toEqual(
      (await Array.fromAsync(run)).filter(({ type }) => type !== 'text.delta'),
    );
    expect(events.map((event) => (event.type === 'text.delta' ? event.text : '')).join('')).toBe(
      'Grüße 😀 '.repeat(50) + 'ok',
    );
    expect(result).toEqual(JSON.parse(JSON.stringify(await run.result)));
  });

  test('remoteRun stops a run from there', async () => {
    const run = createAgent({ model: scriptedModel([{ text: 'thinking', hang: true }]) }).run('go');
    expect((await follow(run, 'text.delta')).result).toMatchObject({ reason: 'stopped', stopped: 'seen enough' });
  });
});

function replyTo(messages: readonly { role: string; parts: readonly unknown[]; failed?: true }[]): ScriptedReply {
  const words = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.parts);
  const last = messages.at(-1);
  if (last?.role === 'tool') {
    if (words.includes('slow')) return { text: 'Good morning.', chunkChars: 3 };
    return { text: last.failed ? 'Then not.' : 'Thank you.', chunkChars: 3 };
  }
  if (words.includes('touch'))
    return { text: 'May I?', calls: [{ tool: 'touch', input: {}, id: `touch-${messages.length}` }] };
  if (words.includes('slow')) return { text: 'One moment.', calls: [{ tool: 'slow', input: {} }] };
  if (words.includes('hang')) return { text: 'Let me think', hang: true };
  return { reasoning: 'Hm.', text: 'You said hello.' };
}

function html(name: string): Response {
  const page = `<!doctype html><div id="root"></div><script type="module" src="/${name}.js"></script>`;
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}

/** The body as it comes from a server that dies after so many bytes. */
function broken(body: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  let sent = 0;
  const stopping = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sent += chunk.length;
      controller.enqueue(chunk);
      if (sent > limit) controller.error(new Error('the server died'));
    },
  });
  return body.pipeThrough(stopping);
}
