import { setTimeout as sleep } from 'node:timers/promises';
import type { Effect, Policy } from '@capstan/policy';
import type { Tool } from '@capstan/sdk/contract';
import { describe, expect, test } from 'vitest';
import { answerCall } from './served-call.ts';
import type { McpServerOptions } from './served-call.ts';

const network: Effect = { kind: 'network', url: 'https://host.example/' };

function tool(over: Partial<Tool> = {}): Tool {
  return { name: 'fetch', description: 'Fetches.', input: { type: 'object' }, execute: () => 'fetched', ...over };
}

function policy(verdict: 'allow' | 'ask' | 'deny', approvals = 1): Policy {
  return {
    name: 'test',
    roots: ['/nowhere'],
    rules: [{ id: 'net', match: { effect: 'network' }, verdict, approvals }],
    otherwise: { read: 'allow', write: 'deny', run: 'deny', network: 'deny', unknown: 'ask' },
  };
}

async function answer(one: Tool, options: McpServerOptions, signal = new AbortController().signal) {
  const context = { signal, sessionId: 's', progress: () => {} };
  const { content, isError = false } = await answerCall(one, {}, { options, context });
  const [first] = content;
  return { text: first?.type === 'text' ? first.text : undefined, failed: isError };
}

describe('a call of a client', () => {
  test('runs only where the policy allows it', async () => {
    const one = tool({ effects: () => [network] });
    expect(await answer(one, { policy: policy('allow') })).toEqual({ text: 'fetched', failed: false });
    expect(await answer(one, { policy: policy('deny') })).toEqual({
      text: expect.stringContaining('net'),
      failed: true,
    });
  });

  test('of a tool that does not say what it does is asked for, and refused where nobody is there', async () => {
    const refused = await answer(tool(), { policy: policy('allow') });
    expect(refused).toEqual({ text: expect.stringContaining('nobody is there'), failed: true });
  });

  test('runs once as many different people approved as the rule wants', async () => {
    const one = tool({ effects: () => [network] });
    const by = (...names: string[]) => answer(one, { policy: policy('ask', 2), approve: async () => names });
    expect(await by('ann', 'ann')).toMatchObject({ failed: true });
    expect(await by('ann', 'bob')).toEqual({ text: 'fetched', failed: false });
    expect(await by()).toMatchObject({ failed: true });
  });

  test('that outlives its time limit is stopped and fails, also when the tool does not heed its signal', async () => {
    const deaf = tool({ effects: () => [], timeoutMs: 20, execute: () => new Promise(() => {}) });
    const late = await answer(deaf, { policy: policy('allow') });
    expect(late).toEqual({ text: expect.stringContaining('within 20 ms'), failed: true });
  });

  test('given up by the client reaches the tool', async () => {
    const controller = new AbortController();
    const seen = Promise.withResolvers<unknown>();
    const one = tool({
      effects: () => [],
      execute: async (_, { signal }) => {
        controller.abort(new Error('enough'));
        await sleep(60_000, undefined, { signal }).catch(seen.resolve);
        return 'late';
      },
    });
    expect(await answer(one, { policy: policy('allow') }, controller.signal)).toMatchObject({ failed: true });
    expect(await seen.promise).toMatchObject({ name: 'AbortError' });
  });
});
