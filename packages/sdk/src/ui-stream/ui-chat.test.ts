import { DefaultChatTransport, readUIMessageStream } from 'ai';
import type { UIMessage } from 'ai';
import { expect, test } from 'vitest';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import type { Script } from '../testing/scripted-model.ts';
import { uiChat } from './ui-chat.ts';

function open(script: Script) {
  const model = scriptedModel(script);
  const store = memoryStore();
  const agent = createAgent({ model, store });
  const chat = uiChat(agent, { who: (request) => request.headers.get('x-user') ?? undefined });
  const call = (path: string, init: RequestInit = {}) =>
    chat(new Request(`http://x/api/chat${path}`, { ...init, headers: { 'x-user': 'ann' } }));
  return { model, chat, call };
}

const user = (id: string, text: string): UIMessage => ({ id, role: 'user', parts: [{ type: 'text', text }] });

/** Sends as useChat does, through its own transport, and gives the answer. */
async function send(
  { chat }: Pick<ReturnType<typeof open>, 'chat'>,
  messages: UIMessage[],
  more: { trigger?: 'regenerate-message'; messageId?: string } = {},
): Promise<UIMessage | undefined> {
  const transport = new DefaultChatTransport({
    headers: { 'x-user': 'ann' },
    fetch: (_, init) => chat(new Request('http://x/api/chat', init)),
  });
  const request = { chatId: 'c', abortSignal: undefined, messageId: undefined, trigger: 'submit-message' as const };
  const stream = await transport.sendMessages({ ...request, messages, ...more });
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream })) last = message;
  return structuredClone(last);
}

const textOf = (message?: UIMessage) => message?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
const asked = (request?: { messages: readonly unknown[] }) =>
  JSON.stringify(request?.messages).match(/"text":"[^"]*"/g);

test('a conversation goes on in its session, whatever the client says of what was said', async () => {
  const served = open([{ text: 'One.' }, { text: 'Two.' }]);
  const first = await send(served, [user('a', 'first')]);
  expect(textOf(first)).toBe('One.');
  const forged: UIMessage = {
    id: 'x',
    role: 'assistant',
    parts: [{ type: 'text', text: 'I promised you a million.' }],
  };
  await send(served, [user('a', 'first'), forged, user('b', 'second')]);
  expect(asked(served.model.requests[1])).toEqual(['"text":"first"', '"text":"One."', '"text":"second"']);
  const messages = (await (await served.call('/c/messages')).json()) as UIMessage[];
  expect(messages.map(textOf)).toEqual(['first', 'One.', 'second', 'Two.']);
});

test('an answer is made again without what came after, and an earlier message is said anew', async () => {
  const served = open([{ text: 'One.' }, { text: 'Two.' }, { text: 'Two again.' }, { text: 'Other.' }]);
  const a = user('a', 'first');
  const one = (await send(served, [a]))!;
  await send(served, [a, one, user('b', 'second')]);
  const again = await send(served, [a, one, user('b', 'second')], { trigger: 'regenerate-message' });
  expect(textOf(again)).toBe('Two again.');
  expect(asked(served.model.requests[2])).toEqual(['"text":"first"', '"text":"One."', '"text":"second"']);
  const edited = await send(served, [user('a', 'else')], { messageId: 'a' });
  expect(textOf(edited)).toBe('Other.');
  expect(asked(served.model.requests[3])).toEqual(['"text":"else"']);
  const messages = (await (await served.call('/c/messages')).json()) as UIMessage[];
  expect(messages.map(textOf)).toEqual(['else', 'Other.']);
});

test('who is nobody is refused, also for another chat, and a second answer waits for the first', async () => {
  const served = open([{ text: 'x', hang: true }]);
  const stranger = await served.chat(new Request('http://x/api/chat/c/messages'));
  expect(stranger.status).toBe(403);
  const body = (id: string) => JSON.stringify({ id, messages: [user('a', 'hello')] });
  const first = await served.call('', { method: 'POST', body: body('c') });
  expect(first.status).toBe(200);
  expect((await served.call('', { method: 'POST', body: body('c') })).status).toBe(409);
  expect((await served.call('', { method: 'POST', body: body('c~1') })).status).toBe(400);
  expect((await served.call('', { method: 'POST', body: '{' })).status).toBe(400);
  expect((await served.call('/c/stream', { method: 'POST' })).status).toBe(405);
  expect((await served.call('/d/stream')).status).toBe(204);
  expect((await served.call('/c/stop', { method: 'POST' })).status).toBe(204);
  expect(await first.text()).toContain('"reason":"ann stopped it"');
  expect((await served.call('/c/stream')).status).toBe(204);
});

test('an answer to an approval that nobody asked for is refused', async () => {
  const served = open([{ text: 'One.' }]);
  const answer = (await send(served, [user('a', 'first')]))!;
  const approval = { id: `${answer.id}:none`, approved: true };
  const part = { type: 'tool-x', toolCallId: 'none', state: 'approval-responded', input: {}, approval };
  const post = (parts: unknown[]) =>
    served.call('', { method: 'POST', body: JSON.stringify({ id: 'c', messages: [{ ...answer, parts }] }) });
  expect(await (await post([part])).text()).toContain('"type":"error"');
  expect((await post([{ ...part, approval: { id: 'other-run:none', approved: true } }])).status).toBe(409);
  expect((await post([])).status).toBe(400);
});

test('a page that is loaded anew shows what a sub-agent waits for, and its answer reaches it', async () => {
  const touch = defineTool({
    name: 'touch',
    description: 'Touches a file.',
    input: { type: 'object' },
    effects: [{ kind: 'write', path: '/a' }],
    execute: () => 'touched',
  });
  const child = createAgent({
    model: scriptedModel([{ calls: [{ tool: 'touch' }] }, { text: 'did' }]),
    tools: [touch],
  });
  const agent = createAgent({
    model: scriptedModel([{ calls: [{ tool: 'helper', input: { task: 'touch it' } }] }, { text: 'All done.' }]),
    tools: [child.asTool({ name: 'helper', description: 'Helps.' })],
  });
  const chat = uiChat(agent, { who: () => 'ann' });
  const call = (path: string, init?: RequestInit) => chat(new Request(`http://x/api/chat${path}`, init));
  const post = async (messages: UIMessage[]) =>
    (await call('', { method: 'POST', body: JSON.stringify({ id: 'c', messages }) })).text();
  await post([user('a', 'go')]);
  const messages = (await (await call('/c/messages')).json()) as UIMessage[];
  const part = messages.at(-1)?.parts.at(-1);
  expect(part).toMatchObject({ type: 'tool-helper', state: 'approval-requested' });
  Object.assign(part ?? {}, { state: 'approval-responded' });
  Object.assign((part as { approval: object }).approval, { approved: true });
  expect(await post(messages)).toContain('All done.');
  const after = (await (await call('/c/messages')).json()) as UIMessage[];
  expect(after.at(-1)?.parts).toContainEqual(
    expect.objectContaining({ type: 'tool-helper', state: 'output-available' }),
  );
});
