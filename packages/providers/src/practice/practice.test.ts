import type { AssistantMessage, Message, ModelEvent, ModelRequest, ToolMessage } from '@capstan/sdk/contract';
import { describe, expect, test } from 'vitest';
import { intentOf } from './intent.ts';
import { practice } from './practice.ts';

type Answers = { readonly [tool: string]: (input: Record<string, unknown>, time: number) => string | Error };

const finding = (id: string, risk = 'none') =>
  `- id: ${id}\n  src/a.ts:3, gain 9 of 10, risk ${risk}\n  Push to the array instead of copying it in a loop. Each turn copies.\n  | x = [...x, y]`;

const found = (...blocks: string[]) =>
  [`${blocks.length} opportunities in 4 source files, the best first.`, ...blocks].join('\n\n');

const manifest = JSON.stringify({ scripts: { test: 'node --test', bench: 'node bench.js' } });

const repository: Answers = {
  list: () => 'package.json 120\nsrc/',
  read: () => manifest,
  shell: ({ command }, time) =>
    command === 'npm test'
      ? 'ℹ tests 4\nℹ pass 4\nℹ fail 0\n[exit code 0]'
      : `sum: ${time === 1 ? 900 : 9} ms\n[exit code 0]`,
  find_opportunities: () => found(finding('append-in-loop-1')),
  apply_opportunity: ({ id }) => `Applied ${String(id)} to src/a.ts (+1 −1 lines) as patch 01ABC.`,
};

async function reply(request: ModelRequest, signal = new AbortController().signal) {
  const events: ModelEvent[] = [];
  for await (const event of practice().stream(request, { signal })) events.push(event);
  const last = events.at(-1);
  if (last?.type !== 'message') throw new Error('no closing message');
  return { events, ...last };
}

function user(text: string): Message {
  return { role: 'user', parts: [{ type: 'text', text }] };
}

/** Plays a whole conversation with tools that answer from a table. */
async function play(task: string, answers: Answers, start: readonly Message[] = []) {
  const messages: Message[] = [...start, user(task)];
  const tools = Object.keys(answers).map((name) => ({ name, description: '', inputSchema: {} }));
  const calls: string[] = [];
  for (let turn = 0; turn < 40; turn += 1) {
    const { message } = await reply({ messages, tools });
    messages.push(message);
    const call = message.parts.find((part) => part.type === 'call');
    if (!call)
      return {
        calls,
        messages,
        text: textOf(message),
        all: messages.flatMap((one) => (one.role === 'assistant' ? textOf(one) : [])),
      };
    const input = JSON.parse(call.json) as Record<string, unknown>;
    const name = call.tool === 'shell' ? `shell ${String(input['command'])}` : call.tool;
    calls.push(name);
    const answer = answers[call.tool]!(input, calls.filter((one) => one === name).length);
    const failed = answer instanceof Error;
    messages.push(result(call.callId, call.tool, failed ? answer.message : answer, failed));
  }
  throw new Error('the model does not come to an end');
}

function result(callId: string, tool: string, text: string, failed: boolean): ToolMessage {
  return { role: 'tool', callId, tool, parts: [{ type: 'text', text }], ...(failed ? { failed } : {}) };
}

function textOf(message: AssistantMessage): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

describe('it improves a repository through the tools', () => {
  test('looks round, tests, measures, scans, applies, tests and measures again, reports', async () => {
    const { calls, text } = await play('Improve this repository and measure the gain', repository);
    expect(calls).toEqual([
      'list',
      'read',
      'shell npm test',
      'shell npm run bench',
      'find_opportunities',
      'apply_opportunity',
      'shell npm test',
      'shell npm run bench',
    ]);
    expect(text).toContain('src/a.ts:3: Push to the array instead of copying it in a loop. Patch 01ABC, +1 −1 lines.');
    expect(text).toContain('The tests pass before (pass 4, fail 0) and after (pass 4, fail 0).');
    expect(text).toMatch(/before:\s+sum: 900 ms\s+after:\s+sum: 9 ms/);
    expect(text).toContain('`capstan patch rollback`');
  });

  test('runs no benchmark unless asked to measure', async () => {
    const { calls, text } = await play('Improve this repository', repository);
    expect(calls).not.toContain('shell npm run bench');
    expect(text).toContain('ask me to measure');
  });

  test('says once what it is and how to add a real model', async () => {
    const { all } = await play('make it faster', repository);
    expect(all[0]).toMatch(/no language model[\s\S]*OPENAI_API_KEY[\s\S]*ANTHROPIC_API_KEY[\s\S]*--model[\s\S]*ollama/);
    expect(all.slice(1).join('')).not.toContain('no language model');
  });

  test('applies several findings one by one, at most five', async () => {
    const many = found(...[1, 2, 3, 4, 5, 6, 7].map((n) => finding(`x-${n}`)));
    const { calls, text } = await play('improve', { ...repository, find_opportunities: () => many });
    expect(calls.filter((call) => call === 'apply_opportunity')).toHaveLength(5);
    expect(text).toContain('I made 5 changes');
    expect(text).toContain('2 improvements left.');
  });

  test('goes on with the next finding when one cannot be applied', async () => {
    const { text } = await play('improve', {
      ...repository,
      find_opportunities: () => found(finding('x-1'), finding('x-2')),
      apply_opportunity: ({ id }) =>
        id === 'x-1' ? new Error('There is no opportunity x-1.') : 'Applied x-2 as patch 02. (+1 −1 lines)',
    });
    expect(text).toContain('I made 1 change');
    expect(text).toContain('Left as it was: There is no opportunity x-1.');
  });

  test.each([
    ['pnpm-lock.yaml 10', 'pnpm test'],
    ['yarn.lock 10', 'yarn test'],
    ['package-lock.json 10', 'npm test'],
  ])('runs the tests with the manager of %s', async (lock, command) => {
    const { calls } = await play('improve', { ...repository, list: () => `package.json 1\n${lock}` });
    expect(calls).toContain(`shell ${command}`);
  });
});

describe('it says plainly what did not go', () => {
  test('nothing found', async () => {
    const { text, calls } = await play('improve', {
      ...repository,
      find_opportunities: () =>
        'No opportunities in 12 source files: none.\n\nLook-alikes to leave as they are:\n- a.ts:3 (reduce-spread): No seed.',
    });
    expect(text).toContain('12 source files and found nothing that I can safely change, so I changed nothing.');
    expect(text).toContain('a.ts:3 (reduce-spread): No seed.');
    expect(calls).not.toContain('apply_opportunity');
  });

  test('tests that fail after the change', async () => {
    const { text } = await play('improve', {
      ...repository,
      shell: ({ command }, time) =>
        command === 'npm test' && time === 2 ? '1 failing\n[exit code 1]' : '4 passing\n[exit code 0]',
    });
    expect(text).toContain('FAIL after the change: 1 failing');
    expect(text).toContain('capstan patch rollback 01ABC');
  });

  test('takes the change back itself where a tool for that is offered', async () => {
    const { text, calls } = await play('improve', {
      ...repository,
      shell: ({ command }, time) =>
        command === 'npm test' && time === 2 ? '1 failing\n[exit code 1]' : '4 passing\n[exit code 0]',
      rollback_patch: ({ id }) => `Rolled back ${String(id)}.`,
    });
    expect(calls.at(-1)).toBe('rollback_patch');
    expect(text).toContain('I took the change back.');
  });

  test('tests that fail before any change keep it from changing anything', async () => {
    const { text, calls } = await play('improve', { ...repository, shell: () => '3 failed\n[exit code 1]' });
    expect(calls).not.toContain('apply_opportunity');
    expect(text).toContain('The tests fail before any change');
  });

  test('tests that cannot run here do not keep it from a change without risk, but from any other', async () => {
    const shell = () => 'sh: 1: vitest: not found\n[exit code 127]';
    const { text } = await play('improve', {
      ...repository,
      shell,
      find_opportunities: () => found(finding('x-1'), finding('x-2', 'low')),
    });
    expect(text).toContain('could not run here');
    expect(text).toContain('I made 1 change');
    expect(text).toContain('Some rest on an assumption');
  });

  test('a denied change', async () => {
    const apply = () => new Error('Denied by policy. Writing is not allowed. Do not try the same again.');
    const { text, calls } = await play('improve', {
      ...repository,
      apply_opportunity: apply,
      find_opportunities: () => found(finding('x-1'), finding('x-2')),
    });
    expect(calls.filter((call) => call === 'apply_opportunity')).toHaveLength(1);
    expect(text).toContain('the change was denied');
    expect(text).toContain('I found 2 safe improvements');
  });

  test('a denied shell', async () => {
    const { text } = await play('improve', { ...repository, shell: () => new Error('Denied by policy.') });
    expect(text).toContain('`npm test` was not run: Denied by policy.');
    expect(text).toContain('I made 1 change');
  });

  test.each(['jest --watch', 'echo "Error: no test specified" && exit 1', '', 'mocha -w'])(
    'a test script that is none: %j',
    async (script) => {
      const read = () => JSON.stringify({ scripts: { test: script } });
      const { calls, text } = await play('improve', { ...repository, read });
      expect(calls).not.toContain('shell npm test');
      expect(text).toContain('I found no test command');
    },
  );

  test.each([
    ['list', 'I made 1 change'],
    ['read', 'I found no test command'],
    ['shell', 'I could not run tests: no shell is offered.'],
    ['find_opportunities', 'the tool find_opportunities is not offered. I changed nothing.'],
    ['apply_opportunity', 'the tool apply_opportunity is not offered.'],
  ])('without the tool %s', async (missing, words) => {
    const { [missing]: _, ...rest } = repository;
    const { text, calls } = await play('improve', rest as Answers);
    expect(calls).not.toContain(missing);
    expect(text).toContain(words);
  });

  test('every tool failing', async () => {
    const failing = Object.fromEntries(Object.keys(repository).map((name) => [name, () => new Error('disk on fire')]));
    const { text } = await play('improve', failing);
    expect(text).toContain('I could not scan the repository: disk on fire.');
  });

  test('no tools at all', async () => {
    expect((await play('improve', {})).text).toContain('I changed nothing');
  });
});

describe('it goes on where a conversation stopped', () => {
  test('a call that was interrupted is made again', async () => {
    const { messages } = await play('improve', repository);
    const at = messages.findIndex((message) => message.role === 'tool' && message.tool === 'find_opportunities');
    const cut = messages[at] as ToolMessage;
    const start = [...messages.slice(0, at), { ...cut, failed: true as const, interrupted: true as const, parts: [] }];
    const { message } = await reply({
      messages: start,
      tools: Object.keys(repository).map((name) => ({ name, description: '', inputSchema: {} })),
    });
    expect(message.parts.at(-1)).toMatchObject({ type: 'call', tool: 'find_opportunities', callId: 'practice-5' });
  });

  test('a new request in the same conversation starts anew, without introducing itself again', async () => {
    const first = await play('improve', repository);
    const { calls, all } = await play(
      'improve',
      { ...repository, find_opportunities: () => 'No opportunities in 4 source files: none.' },
      first.messages,
    );
    expect(calls[0]).toBe('list');
    expect(all.filter((text) => text.includes('no language model'))).toHaveLength(1);
  });

  test('the same conversation always gives the same reply', async () => {
    const one = await play('improve', repository);
    const other = await play('improve', repository);
    expect(one.messages).toEqual(other.messages);
  });
});

describe('other requests', () => {
  test.each([
    ['improve this repository', 'improve'],
    ['Make it faster, please', 'improve'],
    ['find the hot spot and speed it up', 'improve'],
    ['optimise performance', 'improve'],
    ['find opportunities without changing anything', 'scan'],
    ['list improvements, do not edit', 'scan'],
    ['Find the improvements. Do not change anything.', 'scan'],
    ['make it faster without changing what it does', 'improve'],
    ['improve it, do not change the behaviour', 'improve'],
    ['run the tests', 'test'],
    ['hello', 'explain'],
    ['what can you do?', 'explain'],
    ['', 'explain'],
    ['add a login page', 'other'],
    ['why is the sky blue?', 'other'],
    ['make the failing test pass', 'other'],
  ])('%j is understood as %s', (request, intent) => {
    expect(intentOf(request)).toBe(intent);
  });

  test('explains itself and calls nothing', async () => {
    const { calls, text } = await play('what can you do?', repository);
    expect(calls).toEqual([]);
    expect(text).toContain('improve this repository');
  });

  test('refuses what needs a language model, and changes nothing', async () => {
    const { calls, text } = await play('add a login page', repository);
    expect(calls).toEqual([]);
    expect(text).toContain('needs a language model, so I did nothing');
  });

  test('only runs the tests when asked for that', async () => {
    const { calls, text } = await play('run the tests', repository);
    expect(calls).toEqual(['list', 'read', 'shell npm test']);
    expect(text).toContain('`npm test` passes: pass 4, fail 0.');
  });

  test('only lists when asked for that', async () => {
    const { calls, text } = await play('find opportunities without changing anything', repository);
    expect(calls).not.toContain('apply_opportunity');
    expect(text).toContain('I changed nothing, as you asked.');
  });
});

describe('as a model', () => {
  const tools = [{ name: 'list', description: '', inputSchema: {} }];

  test('streams small deltas that join to the message', async () => {
    const { events, message, stopReason } = await reply({ messages: [user('hello')], tools });
    const deltas = events.flatMap((event) => (event.type === 'text.delta' ? event.text : []));
    expect(deltas.join('')).toBe(textOf(message));
    expect(Math.max(...deltas.map((delta) => delta.length))).toBeLessThan(40);
    expect(stopReason).toBe('end');
  });

  test('keeps to the output limit', async () => {
    const { message, stopReason, usage } = await reply({ messages: [user('improve')], tools, maxOutputTokens: 10 });
    expect(stopReason).toBe('length');
    expect(usage!.outputTokens).toBeLessThanOrEqual(10);
    expect(message.parts.every((part) => part.type === 'text')).toBe(true);
  });

  test('stops at once when the signal aborts', async () => {
    const controller = new AbortController();
    const events = practice().stream({ messages: [user('hello')], tools }, { signal: controller.signal });
    await expect(async () => {
      for await (const _ of events) controller.abort();
    }).rejects.toMatchObject({ code: 'aborted' });
  });

  test('costs nothing, runs here and never counts fewer tokens than it reports', async () => {
    const { info, countTokens } = practice();
    expect(info).toMatchObject({ local: true, price: { input: 0, output: 0 } });
    const request = { messages: [user('improve')], tools };
    const { usage } = await reply(request);
    expect(countTokens!(request)).toBeGreaterThanOrEqual(usage!.inputTokens);
  });
});
