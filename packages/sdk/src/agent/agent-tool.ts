import { toMicros } from '../budget/micros.ts';
import { CapstanError } from '../contract/errors.ts';
import { defineTool } from '../contract/define-tool.ts';
import { newId } from '../contract/id.ts';
import type { Json } from '../contract/json.ts';
import type { Run, RunResult } from '../contract/run.ts';
import type { Tool, ToolContext } from '../contract/tool.ts';
import { CallPaused, parentOf } from '../loop/parent-call.ts';
import type { ParentCall } from '../loop/parent-call.ts';
import { emptySession, foldEvents } from '../session/fold.ts';
import type { FoldedRun } from '../session/fold.ts';
import { LiveRun } from './live-run.ts';
import type { AgentParts } from './prepare-run.ts';

export interface AgentToolOptions {
  /** The tool's name, for example `research`. */
  readonly name: string;
  /** Tells the calling model what the sub-agent is good for and what it gives back. */
  readonly description: string;
}

/** Only the budget and the caller's signal end a sub-agent. */
const noTimeoutMs = 2 ** 31 - 1;

/**
 * Makes a tool that hands a task to a sub-agent. Its events show in the parent's stream as `child`; it draws on the
 * parent's budget; stop, approvals and resume pass through. An agent without a policy or store of its own works under
 * its parent's.
 */
export function agentTool(parts: AgentParts, own: OwnParts, { name, description }: AgentToolOptions): Tool {
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
    execute: ({ task }, context) => runChild(parts, own, String(task), context),
  });
  return tool as Tool;
}

/** Which parts the agent was given itself. */
export interface OwnParts {
  readonly policy: boolean;
  readonly store: boolean;
}

async function runChild(parts: AgentParts, own: OwnParts, task: string, context: ToolContext): Promise<string> {
  const parent = parentOf(context);
  const inherited = {
    ...parts,
    policy: own.policy ? parts.policy : (parent?.policy ?? parts.policy),
    store: own.store ? parts.store : (parent?.store ?? parts.store),
  };
  const sessionId = `${context.sessionId}.${context.callId}`;
  const started = await startOrGoOn(inherited, { task, sessionId, context, parent });
  if (typeof started === 'string') return started;
  for await (const event of started) parent?.show(event);
  return outcome(await started.result, parent);
}

interface Child {
  readonly task: string;
  readonly sessionId: string;
  readonly context: ToolContext;
  readonly parent: ParentCall | undefined;
}

/** Starts the child, or goes on with the one this call had started before a pause or a crash. */
async function startOrGoOn(parts: AgentParts, { task, sessionId, context, parent }: Child): Promise<Run | string> {
  const { run, messages } = foldEvents(emptySession(), await parts.store.read(sessionId));
  if (run?.ended?.reason === 'done' && messages.length > 0) return takeOver(run, parent);
  const common = { signal: context.signal, ...(parent ? { parent } : {}) };
  if (run) return new LiveRun(parts, { ...common, runId: run.runId, answers: parent?.answers ?? {} });
  return new LiveRun(parts, { ...common, runId: newId(), sessionId, input: task });
}

/** The child was done when the parent's process died: what it had used counts in the parent's new life, too. */
function takeOver({ usage, costUsd, ended }: FoldedRun, parent: ParentCall | undefined): string {
  const micros = costUsd === undefined ? 0 : toMicros(costUsd);
  parent?.ledger.spend({ micros, tokens: usage.inputTokens + usage.outputTokens });
  parent?.spent(usage, costUsd);
  return ended?.output === undefined ? (ended?.text ?? '') : JSON.stringify(ended.output);
}

function outcome(result: RunResult, parent: ParentCall | undefined): string {
  parent?.spent(result.usage, result.costUsd);
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
