import { noTimeoutMs } from '../agent/agent-tool.ts';
import { insideOf } from '../agent/agent-inside.ts';
import type { Agent } from '../agent/create-agent.ts';
import type { ChildResult } from '../agent/run-child.ts';
import { runChild } from '../agent/run-child.ts';
import type { BudgetLimit } from '../contract/budget.ts';
import { CapstanError } from '../contract/errors.ts';
import type { RunInput } from '../contract/run.ts';
import type { Schema } from '../contract/schema.ts';
import type { Tool, ToolContext } from '../contract/tool.ts';
import { CallPaused } from '../loop/parent-call.ts';
import { prepareSchema } from '../loop/prepare-schema.ts';
import { checkTool } from './plan.ts';
import type { StepCall } from './plan.ts';
import type { CheckContext, StepContext, StepParts } from './step.ts';

/** Ends the directed run that a call belongs to, because the budget it shares is spent. */
export type EndByBudget = (context: ToolContext, limit: BudgetLimit) => Promise<never>;

/** Hand-offs are data, not words for a model: they are never cut. */
export const uncutBytes = Number.MAX_SAFE_INTEGER;

/** What tools of directed runs have in common. */
export const directedTool = {
  input: { type: 'object' },
  effects: () => [],
  idempotent: true,
  timeoutMs: noTimeoutMs,
  maxOutputBytes: uncutBytes,
} as const;

/** Makes the tools of a step: its work, and its check if it has one. */
export function stepTools(step: StepParts, endByBudget: EndByBudget): Tool[] {
  const { name, description, check } = step;
  const work: Tool<StepCall> = {
    ...directedTool,
    name,
    description,
    execute: async (call, context) => JSON.stringify((await perform(step, call, { context, endByBudget })) ?? null),
  };
  if (!check) return [work as Tool];
  const checking: Tool<{ output: never }> = {
    ...directedTool,
    name: checkTool(name),
    description: `Checks ${name}.`,
    async execute({ output }, { signal, runId, sessionId }) {
      const wrong = await check(output, { signal, runId, sessionId });
      if (typeof wrong === 'string' && wrong.trim() !== '') throw new CapstanError('tool_failed', wrong);
      return 'ok';
    },
  };
  return [work as Tool, checking as Tool];
}

interface Performance {
  readonly context: ToolContext;
  readonly endByBudget: EndByBudget;
}

async function perform(step: StepParts, call: StepCall, { context, endByBudget }: Performance): Promise<unknown> {
  const input = await checked(step.input, call.input, `The input of step "${step.name}"`);
  const at = stepContext(call, context, endByBudget);
  const output = await step.work(input as never, at);
  return checked(step.output, output, `The output of step "${step.name}"`);
}

/** What a call of a directed run gives to the work in it. */
export function stepContext(call: StepCall, context: ToolContext, endByBudget: EndByBudget): StepContext {
  const { signal, runId, sessionId, callId, progress } = context;
  const base: CheckContext = { signal, runId, sessionId };
  const key = `${sessionId}.${call.session ?? callId}`;
  let asked = 0;
  return {
    ...base,
    key,
    progress,
    notes: call.notes ?? [],
    ...(call.diagnostics === undefined ? {} : { diagnostics: call.diagnostics }),
    async ask<Output>(agent: Agent<Output>, input: RunInput) {
      const nth = asked++;
      const task = { input, sessionId: nth === 0 ? key : `${key}.${nth + 1}`, earlier: call.earlier ?? 0 };
      const inside = insideOf(agent);
      const result = await runChild(inside, task, context);
      if (result.reason === 'budget' && result.limit && inside.parts.budget?.[result.limit] === undefined) {
        return endByBudget(context, result.limit);
      }
      return finished(result) as ChildResult<Output>;
    },
  };
}

function finished(result: ChildResult): ChildResult {
  const { reason, error, limit, text, pending } = result;
  if (reason === 'done') return result;
  if (reason === 'approval') throw new CallPaused(pending);
  if (reason === 'stopped') throw new CapstanError('aborted', `The agent was stopped. So far: ${text}`);
  if (reason === 'budget')
    throw new CapstanError('tool_failed', `The agent met its own budget (${limit}). So far: ${text}`);
  throw new CapstanError('tool_failed', error?.message ?? 'The agent failed.');
}

/** Takes a value through a schema, as JSON would hand it on. */
async function checked(schema: Schema | undefined, value: unknown, where: string): Promise<unknown> {
  if (!schema) return value;
  const checker = await prepareSchema(schema, where);
  const result = await checker.check(value);
  if (result.issues === undefined) return result.value;
  throw new CapstanError('tool_failed', `${where} does not fit: ${result.issues.join('; ')}`, { where });
}
