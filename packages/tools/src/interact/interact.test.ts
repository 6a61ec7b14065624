import { expect, test } from 'vitest';
import type { Tool, ToolContext } from '@capstan/sdk/contract';
import { askUserTool, type UserQuestion } from './ask-user-tool.ts';
import { todoTool } from './todo-tool.ts';

async function call(tool: Tool, input: object, signal = new AbortController().signal): Promise<string> {
  return String(
    await tool.execute(input, {
      signal,
      callId: 'c',
      runId: 'r',
      sessionId: 's',
      progress: () => {},
      patched: () => {},
    } as unknown as ToolContext),
  );
}

test('the list of steps is printed with how far it is', async () => {
  const items = [
    { text: 'read', status: 'done' },
    { text: 'mend', status: 'active' },
    { text: 'test', status: 'open' },
  ];
  expect(await call(todoTool(), { items })).toBe('1 of 3 done\n[x] read\n[>] mend\n[ ] test');
});

test('two active steps are refused', async () => {
  const items = [
    { text: 'a', status: 'active' },
    { text: 'b', status: 'active' },
  ];
  await expect(call(todoTool(), { items })).rejects.toThrow('one at a time');
});

test('a question reaches the user, and the answer the model', async () => {
  let seen: UserQuestion | undefined;
  const tool = askUserTool({
    ask: async (question) => {
      seen = question;
      return ['red', 'blue'];
    },
  });
  expect(await call(tool, { question: 'Which?', options: [{ label: 'red' }, { label: 'blue' }], multiple: true })).toBe(
    'The user answers: red, blue',
  );
  expect(seen).toEqual({ question: 'Which?', options: [{ label: 'red' }, { label: 'blue' }], multiple: true });
});

test('where nobody is there, nothing waits', async () => {
  expect(await call(askUserTool(), { question: 'Which?' })).toContain('Nobody is there');
});

test('a user who does not answer is no failure', async () => {
  expect(await call(askUserTool({ ask: async () => undefined }), { question: 'Which?' })).toContain(
    'does not want to answer',
  );
});

test('a stop ends the waiting, also when the app does not heed it', async () => {
  const stop = new AbortController();
  const waiting = call(askUserTool({ ask: () => new Promise(() => {}) }), { question: 'Which?' }, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});

test('neither tool touches anything', async () => {
  const context = { signal: new AbortController().signal };
  expect(await todoTool().effects?.({}, context)).toEqual([]);
  expect(await askUserTool().effects?.({}, context)).toEqual([]);
});
