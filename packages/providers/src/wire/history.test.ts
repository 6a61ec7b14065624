import type { Message } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chatEncoder } from '../dialect/chat-request.ts';
import { standardQuirks } from '../dialect/quirks.ts';
import { responsesEncoder } from '../dialect/responses-request.ts';

const user: Message = { role: 'user', parts: [{ type: 'text', text: 'u' }] };
const calls = (...ids: string[]): Message => ({
  role: 'assistant',
  parts: ids.map((callId) => ({ type: 'call', callId, tool: 'read', json: '{}' })),
});
const result = (callId: string): Message => ({
  role: 'tool',
  callId,
  tool: 'read',
  parts: [{ type: 'text', text: `r${callId}` }],
});

interface ChatEntry {
  readonly role: string;
  readonly tool_calls?: readonly { readonly id: string }[];
  readonly tool_call_id?: string;
}

interface InputEntry {
  readonly type?: string;
  readonly call_id?: string;
}

const chat = chatEncoder({ model: 'm', vendor: 'v', quirks: standardQuirks });
const responses = responsesEncoder({ model: 'm', vendor: 'v' });
const chatOf = (messages: readonly Message[]): readonly ChatEntry[] =>
  JSON.parse(chat({ messages, tools: [] })).messages as ChatEntry[];
const inputOf = (messages: readonly Message[]): readonly InputEntry[] =>
  JSON.parse(responses({ messages, tools: [] })).input as InputEntry[];

test('a call that was never answered is answered', () => {
  expect(chatOf([user, calls('1', '2'), result('2'), user])).toMatchObject([
    { role: 'user' },
    { role: 'assistant' },
    { role: 'tool', tool_call_id: '2', content: 'r2' },
    { role: 'tool', tool_call_id: '1', content: 'There is no result: the call was interrupted.' },
    { role: 'user' },
  ]);
});

test('a result without its call is told by the user', () => {
  expect(chatOf([user, result('9')])).toMatchObject([
    { role: 'user' },
    { role: 'user', content: [{ text: 'Late result of read:' }, { text: 'r9' }] },
  ]);
});

test('a result that comes with the next request takes the place of the one that was missing', () => {
  const messages = [user, calls('1')];
  expect(chatOf(messages)).toHaveLength(3);
  expect(chatOf([...messages, result('1')])).toMatchObject([{}, {}, { role: 'tool', content: 'r1' }]);
});

test('whatever was cut, every call has one result right behind it and every result its call', () => {
  const message = fc.oneof(
    fc.constant(user),
    fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }).map((ids) => calls(...ids)),
    fc.constantFrom('1', '2', '3').map(result),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), (drawn) => {
      const messages = drawn.map((one) => ({ ...one }));
      // Turn by turn, as a conversation grows.
      for (let end = 1; end <= messages.length; end += 1) {
        const part = messages.slice(0, end);
        expectPaired(chatOf(part));
        const input = inputOf(part);
        const ids = (type: string): (string | undefined)[] =>
          input.filter((entry) => entry.type === type).map((entry) => entry.call_id);
        expect(ids('function_call_output').toSorted()).toEqual(ids('function_call').toSorted());
      }
    }),
  );
});

function expectPaired(entries: readonly ChatEntry[]): void {
  let open: string[] = [];
  for (const { role, tool_calls: made, tool_call_id: answered } of entries) {
    if (role === 'tool') {
      expect(open).toContain(answered);
      open = open.filter((id) => id !== answered);
      continue;
    }
    expect(open).toEqual([]);
    open = made?.map(({ id }) => id) ?? [];
  }
  expect(open).toEqual([]);
}
