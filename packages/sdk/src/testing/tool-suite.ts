import assert from 'node:assert/strict';
import type { Json } from '../contract/json.ts';
import type { Tool, ToolContext, ToolOutput } from '../contract/tool.ts';
import { prepareTools } from '../loop/prepare-tools.ts';
import type { SuiteCase } from './suite.ts';

/** A tool under test and inputs of every kind. */
export interface ToolSuiteOptions {
  /** Opens the tool with whatever it works on. */
  readonly open: () => Promise<{ readonly tool: Tool; readonly close: () => Promise<void> }>;
  /** An input that succeeds. */
  readonly good: Json;
  /** Inputs that its schema must refuse. */
  readonly bad: readonly Json[];
  /** An input that goes on until it is stopped, for tools that can. */
  readonly endless?: Json;
}

/** The claims that every `Tool` keeps. */
export function toolSuite({ open, good, bad, endless }: ToolSuiteOptions): readonly SuiteCase[] {
  const one = (name: string, claim: (tool: Tool) => Promise<void>): SuiteCase => ({
    name,
    async run() {
      const { tool, close } = await open();
      await claim(tool).finally(close);
    },
  });
  const cases = [
    one('has a name and a description that providers accept', async (tool) => {
      assert.match(tool.name, /^[\w-]{1,64}$/);
      assert.ok(tool.description.length >= 20, 'the description says what the tool does');
    }),
    one('gives a JSON Schema of an object', async (tool) => {
      const { spec } = await ready(tool);
      assert.equal(spec.inputSchema['type'], 'object');
      assert.doesNotThrow(() => JSON.stringify(spec));
    }),
    one('takes a good input and gives text or parts', async (tool) => {
      const output = await tool.execute(await parse(tool, good), context());
      assert.ok(isOutput(output));
    }),
    one('declares effects that are plain data', async (tool) => {
      const effects = (await tool.effects?.(await parse(tool, good), { signal: new AbortController().signal })) ?? [];
      assert.deepEqual(JSON.parse(JSON.stringify(effects)), effects);
    }),
    ...bad.map((input) =>
      one(`refuses ${JSON.stringify(input)} with a path or a reason`, async (tool) => {
        const checked = await (await ready(tool)).checker.check(input);
        assert.ok(checked.issues && checked.issues.length > 0);
      }),
    ),
  ];
  if (endless === undefined) return cases;
  return [
    ...cases,
    one('ends when its signal aborts', async (tool) => {
      const controller = new AbortController();
      const input = await parse(tool, endless);
      const work = Promise.resolve(
        tool.execute(input, { ...context(), signal: controller.signal, progress: () => controller.abort() }),
      );
      setTimeout(() => controller.abort(), 500);
      await work.then(
        () => {},
        () => {},
      );
    }),
  ];
}

async function ready(tool: Tool) {
  const prepared = (await prepareTools([tool])).get(tool.name);
  assert.ok(prepared);
  return prepared;
}

async function parse(tool: Tool, input: Json): Promise<unknown> {
  const checked = await (await ready(tool)).checker.check(input);
  assert.deepEqual(checked.issues ?? [], []);
  return checked.issues ? undefined : checked.value;
}

function context(): ToolContext {
  return {
    signal: new AbortController().signal,
    callId: 'call',
    runId: 'run',
    sessionId: 'session',
    progress: () => {},
    patched: () => {},
  };
}

function isOutput(output: ToolOutput): boolean {
  return typeof output === 'string' || output.every((part) => ['text', 'image', 'file'].includes(part.type));
}
