import { insideOf } from '../agent/agent-inside.ts';
import type { ChildResult } from '../agent/run-child.ts';
import { runChild } from '../agent/run-child.ts';
import type { ToolContext } from '../contract/tool.ts';
import { messageOf } from '../loop/message-of.ts';
import type { Slots } from '../loop/slots.ts';
import type { Candidate, KeptWork, Measures, Trial, Workspace, Workspaces } from './trial.ts';

interface TrialOrder<W extends Workspace> {
  readonly task: string;
  readonly candidate: Candidate<W>;
  readonly workspaces: Workspaces<W>;
  readonly slots: Slots;
}

const maxDiffChars = 60_000;

/** Lets one candidate do the task in a tree of its own, keeps its work and measures it. Fails only when stopped. */
export function runTrial<W extends Workspace>(order: TrialOrder<W>, context: ToolContext): Promise<Trial> {
  return order.slots.run(async () => {
    const { name } = order.candidate;
    context.signal.throwIfAborted();
    try {
      const workspace = await order.workspaces.open(name, { signal: context.signal });
      try {
        return await inWorkspace(order, workspace, context);
      } finally {
        await workspace.close();
      }
    } catch (error) {
      context.signal.throwIfAborted();
      return { name, reason: 'failed', text: messageOf(error), seconds: 0 };
    }
  });
}

async function inWorkspace<W extends Workspace>(
  { task, candidate }: TrialOrder<W>,
  workspace: W,
  context: ToolContext,
): Promise<Trial> {
  const { signal, runId, sessionId, callId } = context;
  const inside = insideOf(await candidate.agent(workspace));
  const began = performance.now();
  const result = await runChild(inside, { input: task, sessionId: `${sessionId}.${callId}`, elsewhere: true }, context);
  const seconds = (performance.now() - began) / 1000;
  signal.throwIfAborted();
  context.progress(`${candidate.name}: ${result.reason}\n`);
  const label = `${candidate.name}: ${task}`.slice(0, 200);
  const kept = await workspace.keep({ runId: `${runId}.${candidate.name}`, label });
  // Work without a change has nothing to try.
  const measures = kept ? await workspace.measure({ signal }) : {};
  return trialOf(candidate.name, { result, seconds, kept, measures });
}

interface Findings {
  readonly result: ChildResult;
  readonly seconds: number;
  readonly kept: KeptWork | undefined;
  readonly measures: Measures;
}

function trialOf(name: string, { result, seconds, kept, measures }: Findings): Trial {
  const { reason, costUsd, error, limit, pending, text } = result;
  const waits =
    reason === 'approval' ? `It would need approval for ${pending.map(({ tool }) => tool).join(', ')}.` : undefined;
  const words = error?.message ?? waits ?? (limit ? `The budget (${limit}) was spent. ${text}` : text);
  return {
    name,
    reason,
    text: words,
    ...(kept ? { patch: kept.patch, diff: kept.diff.slice(0, maxDiffChars) } : {}),
    ...measures,
    ...(costUsd === undefined ? {} : { costUsd }),
    seconds,
  };
}
