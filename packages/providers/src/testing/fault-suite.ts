import assert from 'node:assert/strict';
import { isCapstanError, type Model, type ModelEvent } from '@capstan/sdk/contract';
import { faultMatrix } from './fault-matrix.ts';
import type { ScriptedReply } from './scripted-reply.ts';

/** One claim. Give it to any test runner: `for (const { name, run } of suite) test(name, run)`. */
export interface FaultCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export interface FaultSuiteOptions {
  /** The key the models are made with; it must appear in no error. */
  readonly key: string;
  /** Opens a model whose vendor answers with this, and that waits no longer than some hundred milliseconds. */
  readonly open: (reply: ScriptedReply) => Promise<{ readonly model: Model; readonly close: () => Promise<void> }>;
}

const reply: ScriptedReply = {
  text: 'Ein größerer Satz, 世界 ☃ und noch mehr. '.repeat(8),
  calls: [{ tool: 'read', input: { path: 'ü' } }],
};

/**
 * The claims that every provider over HTTP keeps when something goes wrong: the code and retryability of each fault, no
 * closing message after one, text that came before is kept, no key in any error.
 */
export function faultSuite({ key, open }: FaultSuiteOptions): readonly FaultCase[] {
  async function met(script: ScriptedReply): Promise<Met> {
    const { model, close } = await open(script);
    return meet(model).finally(close);
  }
  return [
    ...faultMatrix.map(({ name, fault, code, retryable }) => ({
      name: `${name} becomes ${code}, ${retryable ? 'retryable' : 'not retryable'}`,
      run: async () => {
        const { error, events } = await met({ ...reply, fault });
        assert.ok(isCapstanError(error), `a CapstanError, not ${String(error)}`);
        assert.deepEqual([error.code, error.details.retryable ?? false], [code, retryable], error.message);
        assert.ok(!events.some((event) => event.type === 'message'), 'no closing message');
        assert.ok(!everyWord(error).includes(key), 'no key');
      },
    })),
    {
      name: 'a key that the vendor quotes is masked',
      run: async () => {
        const { error } = await met({
          fault: { kind: 'status', status: 401, message: `This key is not valid: ${key}` },
        });
        assert.ok(isCapstanError(error) && error.code === 'auth_refused');
        assert.ok(!everyWord(error).includes(key), 'no key');
      },
    },
    {
      name: 'a rate limit tells how long to wait',
      run: async () => {
        const { error } = await met({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '7' } } });
        assert.ok(isCapstanError(error) && error.code === 'rate_limited');
        assert.equal(error.details.retryAfterMs, 7000);
      },
    },
    {
      name: 'a compressed reply reads like a plain one',
      run: async () => {
        const { error, text } = await met({ ...reply, fault: { kind: 'gzip' } });
        assert.equal(error, undefined);
        assert.equal(text, reply.text);
      },
    },
    {
      name: 'text that came before a fault is kept',
      run: async () => {
        const { text } = await met({ ...reply, fault: { kind: 'cut' } });
        assert.ok(text.length > 0 && reply.text?.startsWith(text), text);
      },
    },
  ];
}

interface Met {
  readonly events: readonly ModelEvent[];
  readonly text: string;
  readonly error: unknown;
}

async function meet(model: Model): Promise<Met> {
  const events: ModelEvent[] = [];
  let text = '';
  try {
    const request = {
      messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }],
      tools: [],
    };
    for await (const event of model.stream(request, { signal: new AbortController().signal })) {
      events.push(event);
      if (event.type === 'text.delta') text += event.text;
    }
  } catch (error) {
    return { events, text, error };
  }
  return { events, text, error: undefined };
}

/** Everything an error could show, its causes included. */
function everyWord(error: unknown): string {
  const seen: string[] = [];
  for (let one = error; one instanceof Error && seen.length < 10; one = one.cause)
    seen.push(`${one.stack} ${one.message} ${JSON.stringify(one)}`);
  return seen.join('\n');
}
