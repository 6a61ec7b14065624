import type { ApprovalRequested, RunEnded, RunEvent } from '../contract/event.ts';
import type { PatchSummary } from '../contract/patch.ts';
import type { RunResult } from '../contract/run.ts';

/** What a result tells beside the run's end: gathered from the events as they pass. */
export class RunNotes {
  readonly patches: PatchSummary[] = [];
  /** Calls that wait for people, by call id. */
  readonly pending = new Map<string, ApprovalRequested>();

  /** Words of the user that wait, by the id of their event. */
  readonly queued = new Map<number, string>();

  note(event: RunEvent): void {
    if (event.type === 'message.added' && event.queued !== undefined) this.queued.delete(event.queued);
    if (event.type === 'patch.created') this.patches.push(patchOf(event));
    else if (event.type === 'message.queued') this.queued.set(event.id, event.text);
    else if (event.type === 'approval.requested') this.pending.set(event.callId, event);
    else if (event.type === 'tool.started') this.pending.delete(event.callId);
    else if (event.type === 'message.added' && event.message.role === 'tool') this.pending.delete(event.message.callId);
  }

  /** The result of a run that ended so. */
  result<Output>(ended: RunEnded, ids: { readonly runId: string; readonly sessionId: string }): RunResult<Output> {
    const { reason, text, usage, costUsd, turns, output, error, limit, stopped } = ended;
    return {
      ...ids,
      reason,
      text,
      usage,
      costUsd,
      turns,
      patches: this.patches,
      queued: [...this.queued.values()],
      pending: reason === 'approval' ? [...this.pending.values()] : [],
      ...(output === undefined ? {} : { output: output as Output }),
      ...(error ? { error } : {}),
      ...(limit ? { limit } : {}),
      ...(stopped === undefined ? {} : { stopped }),
    };
  }
}

/** The summary in a `patch.created` event. */
export function patchOf({ id, files, added, removed }: PatchSummary): PatchSummary {
  return { id, files, added, removed };
}
