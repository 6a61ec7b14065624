import type { DurableEvent } from '@capstan/sdk/contract';

/** A call that waits to be approved. */
export interface PendingApproval {
  readonly call_id: string;
  readonly tool: string;
  readonly preview: unknown;
  readonly reason: string;
  /** How many different devices must approve. */
  readonly approvals: number;
  /** Those that have. */
  readonly by: readonly string[];
}

/** Finds the calls that wait, with who has approved so far. */
export function pendingApprovals(events: readonly DurableEvent[]): readonly PendingApproval[] {
  const waiting = new Map<string, PendingApproval>();
  for (const event of events) {
    if (event.type === 'approval.requested') {
      const { callId, tool, preview, reason, approvals } = event;
      const by = waiting.get(callId)?.by ?? [];
      waiting.set(callId, { call_id: callId, tool, preview, reason, approvals, by });
    } else if (event.type === 'approval.given' && event.verdict === 'approved') {
      const asked = waiting.get(event.callId);
      if (asked) waiting.set(event.callId, { ...asked, by: [...asked.by, event.by] });
    } else if (event.type === 'approval.given' || event.type === 'tool.started' || event.type === 'tool.ended') {
      waiting.delete(event.callId);
    }
  }
  return [...waiting.values()];
}
