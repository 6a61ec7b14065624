import { CapstanError } from '../contract/errors.ts';
import { defineTool } from '../contract/define-tool.ts';
import type { Json } from '../contract/json.ts';
import type { Tool } from '../contract/tool.ts';
import { CallPaused } from '../loop/parent-call.ts';
import type { AgentInside } from './agent-inside.ts';
import type { ChildResult } from './run-child.ts';
import { runChild } from './run-child.ts';

export interface AgentToolOptions {
  /** The tool's name, for example `research`. */
  readonly name: string;
  /** Tells the calling model what the sub-agent is good for and what it gives back. */
  readonly description: string;
}

/** Only the budget and the caller's signal end a sub-agent. */
export const noTimeoutMs = 2 ** 31 - 1;

/**
 * Makes a tool that hands a task to a sub-agent. Its events show in the parent's stream as `child`; it draws on the
 * parent's budget; stop, approvals and resume pass through. An agent without a policy or store of its own works under
 * its parent's.
 */
export function agentTool(inside: AgentInside, { name, description }: AgentToolOptions): Tool {
  const tool = defineTool({
    name,
    description,
    input: {
      type: 'object',
      properties: { task: { type: 'string', description: 'All the sub-agent needs to know; it sees nothing else.' } },
      required: ['task'],
      additionalProperties: false,
    },
    effects: [],
    idempotent: true,
    timeoutMs: noTimeoutMs,
    async execute({ task }, context) {
      const sessionId = `${context.sessionId}.${context.callId}`;
      return outcome(await runChild(inside, { input: String(task), sessionId }, context));
    },
  });
  return tool as Tool;
}

function outcome(result: ChildResult): string {
  switch (result.reason) {
    case 'done':
      return result.output === undefined ? result.text : JSON.stringify(result.output satisfies Json);
    case 'approval':
      throw new CallPaused(result.pending);
    case 'budget':
      throw new CapstanError('tool_failed', `The sub-agent met its budget (${result.limit}). So far: ${result.text}`);
    case 'stopped':
      throw new CapstanError('aborted', `The sub-agent was stopped. So far: ${result.text}`);
    case 'failed':
      throw new CapstanError('tool_failed', `The sub-agent failed: ${result.error?.message ?? 'unknown'}`);
    default:
      return result.reason satisfies never;
  }
}
