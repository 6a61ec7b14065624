import type { Message } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Turn, turnKeeper, type Turns } from './turns.ts';

const keeper = () =>
  turnKeeper({
    user: ({ parts }) => parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
    assistant: ({ parts }) =>
      parts.flatMap((part) => (part.type === 'text' ? [part.text] : part.type === 'call' ? [`${part.callId}?`] : [])),
    result: ({ callId }) => `${callId}!`,
    late: ({ callId }) => `${callId} late`,
    missing: ({ callId }) => `${callId} missing`,
    turn: write,
  });

function write({ role, results, pieces }: Turn): string {
  return `${role[0]}(${[...results, ...pieces].join(' ')})`;
}

const told = ({ written, last }: Turns): string => [written, ...last.map(write)].filter(Boolean).join(',');
const user = (text: string): Message => ({ role: 'user', parts: [{ type: 'text', text }] });
const calls = (...ids: string[]): Message => ({
  role: 'assistant',
  parts: ids.map((callId) => ({ type: 'call', callId, tool: 't', json: '{}' })),
});
const result = (callId: string): Message => ({ role: 'tool', callId, tool: 't', parts: [] });
const says = (text: string): Message => ({ role: 'assistant', parts: [{ type: 'text', text }] });

test.each([
  [[user('a'), user('b'), says('c')], 'u(a b),a(c)'],
  [[user('a'), calls('1', '2'), result('2'), result('1'), says('c')], 'u(a),a(1? 2?),u(2! 1!),a(c)'],
  [[user('a'), calls('1', '2'), result('2'), user('b')], 'u(a),a(1? 2?),u(2! 1 missing b)'],
  [[user('a'), calls('1', '2'), result('2')], 'u(a),a(1? 2?),u(2! 1 missing)'],
  [[user('a'), calls('1')], 'u(a),a(1?),u(1 missing)'],
  [[user('a'), calls('1'), calls('2'), result('1')], 'u(a),a(1?),u(1 missing),a(2?),u(2 missing 1 late)'],
  [[user('a'), result('9'), says('')], 'u(a 9 late),a()'],
  [[user('a'), { role: 'assistant', parts: [] } as Message, user('b')], 'u(a b)'],
])('conversation %#', (messages, text) => {
  expect(told(keeper()(messages))).toBe(text);
});

test('a conversation that grows gives the same as one that is given whole', () => {
  const step = fc.constantFrom('user', 'says', 'empty', 'one', 'two', 'result', 'late');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const grown = keeper();
      const messages: Message[] = [];
      let open: string[] = [];
      for (const [at, kind] of steps.entries()) {
        if (kind === 'user') messages.push(user(`u${at}`));
        else if (kind === 'says') messages.push(says(`s${at}`));
        else if (kind === 'empty') messages.push({ role: 'assistant', parts: [] });
        else if (kind === 'one') messages.push(calls((open = [`c${at}`])[0] ?? ''));
        else if (kind === 'two') messages.push(calls(...(open = [`c${at}`, `d${at}`])));
        else messages.push(result(kind === 'late' ? `late${at}` : (open.pop() ?? `none${at}`)));
        expect(told(grown([...messages]))).toBe(told(keeper()(messages)));
      }
    }),
    { numRuns: 200 },
  );
});

test('a conversation that was cut or changed is told anew', () => {
  const turns = keeper();
  const messages = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? user(`u${index}`) : says(`s${index}`)));
  turns(messages);
  const cut = [messages[0] as Message, user('summary'), ...messages.slice(25)];
  expect(told(turns(cut))).toBe(told(keeper()(cut)));
  expect(turns(messages).last).toHaveLength(4);
});
