import { expect, test } from 'vitest';
import { defineTool } from '../contract/define-tool.ts';
import type { AssistantMessage, AssistantPart } from '../contract/message.ts';
import type { Model, ModelRequest } from '../contract/model.ts';
import type { RunStore } from '../contract/store.ts';
import { memoryStore } from '../session/memory-store.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';

/** What a session made its parts do. */
interface Work {
  /** Times that anything looked into a message of the model. */
  visits: number;
  /** Messages sent to the model, added up; and the most at a time. */
  sent: number;
  longest: number;
  /** Events written and read. */
  written: number;
  read: number;
  compactions: number;
}

const window = 12_000;

/** Talks a session of a number of turns, each a run with one tool call; gives what that took. */
async function talk(turns: number): Promise<Work> {
  const work: Work = { visits: 0, sent: 0, longest: 0, written: 0, read: 0, compactions: 0 };
  const read = defineTool({
    name: 'read',
    description: 'Reads a file.',
    input: { type: 'object' },
    effects: [],
    execute: () => 'line\n'.repeat(200),
  });
  const agent = createAgent({ model: countingModel(work), tools: [read], store: countingStore(work) });
  const session = agent.session('long');
  for (let turn = 1; turn <= turns; turn++) {
    const run = session.run(`Question ${turn}: what does file ${turn} hold?`);
    run.on('context.compacted', () => void work.compactions++);
    expect((await run.result).reason).toBe('done');
  }
  return work;
}

/** Calls the tool once a turn; its messages count who looks into them. It keeps nothing. */
function countingModel(work: Work): Model {
  let calls = 0;
  const counted = (parts: readonly AssistantPart[]): AssistantMessage => ({
    role: 'assistant',
    get parts() {
      work.visits++;
      return parts;
    },
  });
  const answer = ({ messages, instructions }: ModelRequest): readonly AssistantPart[] => {
    if (instructions?.includes('memory of a working agent')) return [{ type: 'text', text: 'It read files.' }];
    return messages.at(-1)?.role === 'user'
      ? [{ type: 'call', callId: `c${++calls}`, tool: 'read', json: '{}' }]
      : [{ type: 'text', text: 'It holds lines. '.repeat(20) }];
  };
  return {
    id: 'counting/model',
    info: { contextWindow: window, maxOutputTokens: 1000, price: { input: 0, output: 0 } },
    async *stream(request) {
      const { messages } = request;
      work.sent += messages.length;
      work.longest = Math.max(work.longest, messages.length);
      const parts = answer(request);
      yield { type: 'message', message: counted(parts), stopReason: parts[0]?.type === 'call' ? 'tools' : 'end' };
    },
  };
}

function countingStore(work: Work): RunStore {
  const store = memoryStore();
  return {
    ...store,
    append(...addition) {
      work.written += addition[2].length;
      return store.append(...addition);
    },
    async read(...what) {
      const events = await store.read(...what);
      work.read += events.length;
      return events;
    },
  };
}

test('a session of 500 turns with compaction takes work in proportion, and prompts that do not grow', async () => {
  const [short, long] = [await talk(250), await talk(500)];
  expect(short.compactions).toBeGreaterThan(1);
  for (const kind of ['visits', 'sent', 'written', 'read', 'compactions'] as const)
    expect(long[kind], `${kind} of 250 and 500 turns: ${short[kind]}, ${long[kind]}`).toBeLessThan(short[kind] * 2.3);
  expect(long.longest).toBeLessThanOrEqual(short.longest + 4);
});
