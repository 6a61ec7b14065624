import { toMicros } from '../budget/micros.ts';
import { newId } from '../contract/id.ts';
import type { Json } from '../contract/json.ts';
import type { Run, RunInput, RunResult } from '../contract/run.ts';
import type { ToolContext } from '../contract/tool.ts';
import { parentOf } from '../loop/parent-call.ts';
import type { ParentCall } from '../loop/parent-call.ts';
import { emptySession, foldEvents } from '../session/fold.ts';
import type { FoldedRun } from '../session/fold.ts';
import type { AgentInside } from './agent-inside.ts';
import { LiveRun } from './live-run.ts';
import type { AgentParts } from './prepare-run.ts';
import { patchOf } from './run-notes.ts';

/** What a child is asked, and the session it works in. */
export interface ChildTask {
  readonly input: RunInput;
  readonly sessionId: string;
  /** Runs that the session had before this one. Default 0. */
  readonly earlier?: number;
  /** The child works in a tree of its own: what it changes there is no change of the caller's. */
  readonly elsewhere?: true;
}

/** What a child came to. */
export type ChildResult<Output = Json> = Pick<
  RunResult<Output>,
  'runId' | 'sessionId' | 'reason' | 'text' | 'usage' | 'costUsd' | 'turns' | 'output' | 'error' | 'limit' | 'pending'
>;

/**
 * Runs an agent as a child of a call: its events show in the parent's stream as `child`, it draws on the parent's budget,
 * and stop, approvals and answers pass through. Where the call's earlier life had begun the run, it goes on; where it had
 * ended it, its result is taken.
 */
export async function runChild(
  { parts, own }: AgentInside,
  task: ChildTask,
  context: ToolContext,
): Promise<ChildResult> {
  const parent = parentOf(context);
  const inherited = {
    ...parts,
    policy: own.policy ? parts.policy : (parent?.policy ?? parts.policy),
    store: own.store ? parts.store : (parent?.store ?? parts.store),
  };
  const started = await startOrGoOn(inherited, task, { context, parent });
  if (!isRun(started)) return started;
  for await (const event of started) {
    parent?.show(event);
    if (event.type === 'patch.created' && !task.elsewhere) context.patched(patchOf(event));
  }
  const result = await started.result;
  parent?.spent(result.usage, result.costUsd, result.turns);
  return result;
}

interface Caller {
  readonly context: ToolContext;
  readonly parent: ParentCall | undefined;
}

async function startOrGoOn(
  parts: AgentParts,
  { input, sessionId, earlier = 0 }: ChildTask,
  { context, parent }: Caller,
): Promise<Run | ChildResult> {
  const events = await parts.store.read(sessionId);
  const runs = events.filter((event) => event.type === 'run.started' && !event.resumed).length;
  const common = { signal: context.signal, ...(parent ? { parent } : {}) };
  const { run } = foldEvents(emptySession(), events);
  if (!run || runs <= earlier) return new LiveRun(parts, { ...common, runId: newId(), sessionId, input });
  if (run.ended?.reason === 'done') return takeOver(run, sessionId, parent);
  return new LiveRun(parts, { ...common, runId: run.runId, answers: parent?.answers ?? {} });
}

/** The child was done when the parent's process died: what it had used counts in the parent's new life, too. */
function takeOver(run: FoldedRun, sessionId: string, parent: ParentCall | undefined): ChildResult {
  const { usage, costUsd, ended, runId, turns } = run;
  const micros = costUsd === undefined ? 0 : toMicros(costUsd);
  parent?.ledger.spend({ micros, tokens: usage.inputTokens + usage.outputTokens });
  parent?.ledger.recount({ turns: ended?.turns ?? turns, toolCalls: 0 });
  parent?.spent(usage, costUsd, ended?.turns ?? turns);
  const common = { runId, sessionId, reason: 'done', text: ended?.text ?? '', usage, costUsd, turns } as const;
  return {
    ...common,
    pending: [],
    ...(ended?.output === undefined ? {} : { output: ended.output as Json }),
  };
}

function isRun(value: Run | ChildResult): value is Run {
  return Symbol.asyncIterator in value;
}
