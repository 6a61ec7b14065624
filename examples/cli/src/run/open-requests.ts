import type { ApprovalRequested, DurableEvent } from '@capstan/sdk/contract';

/** Finds the approvals a run still waits for, in the order they were asked. */
export function openRequests(events: readonly DurableEvent[], runId: string): readonly ApprovalRequested[] {
  const open = new Map<string, ApprovalRequested>();
  for (const event of events) {
    if (event.runId !== runId) continue;
    if (event.type === 'approval.requested') open.set(event.callId, event);
    if (event.type === 'tool.started') open.delete(event.callId);
    if (event.type === 'approval.given' && event.verdict === 'denied') open.delete(event.callId);
    if (event.type === 'message.added' && event.message.role === 'tool') open.delete(event.message.callId);
  }
  return [...open.values()];
}
