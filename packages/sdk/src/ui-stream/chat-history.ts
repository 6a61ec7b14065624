import type { Agent } from '../agent/create-agent.ts';
import type { DurableEvent, RunEvent } from '../contract/event.ts';

type Sessions = Pick<Agent<unknown>, 'session'>;

/**
 * Puts what sub-agents wait for into the events of a session whose run is paused: their events are in sessions of their
 * own, and only those who read along have seen them.
 */
export async function withChildren(agent: Sessions, events: readonly DurableEvent[]): Promise<readonly RunEvent[]> {
  const last = events.at(-1);
  if (last?.type !== 'run.ended' || last.reason !== 'approval') return events;
  const children: RunEvent[] = [];
  for (const callId of openCalls(events)) {
    // `agent.asTool` names a sub-agent's session so.
    const own = await agent.session(`${last.sessionId}.${callId}`).events();
    const header = { v: last.v, seq: last.seq - 1, at: last.at, sessionId: last.sessionId, runId: last.runId };
    for (const event of await withChildren(agent, own)) children.push({ ...header, type: 'child', callId, event });
  }
  return [...events.slice(0, -1), ...children, last];
}

/** Calls that were begun and not ended. */
function openCalls(events: readonly DurableEvent[]): Set<string> {
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === 'tool.started') open.add(event.callId);
    else if (event.type === 'tool.ended') open.delete(event.callId);
    else if (event.type === 'message.added' && event.message.role === 'tool') open.delete(event.message.callId);
  }
  return open;
}
