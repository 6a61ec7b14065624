import type { Agent } from '../agent/create-agent.ts';
import type { DurableEvent } from '../contract/event.ts';

type Sessions = Pick<Agent<unknown>, 'session'>;

/** The session a chat is in now: that of its id, or the newest in which a person took something back. */
export interface ChatSession {
  readonly id: string;
  readonly events: readonly DurableEvent[];
  /** Id of the session in which the chat would go on without what is taken back. */
  readonly next: string;
}

/** Parts a chat's id from the number of its session. Not allowed in ids, so that no chat is another's session. */
export const sessionMark = '~';

/** Finds the session a chat is in. */
export async function chatSession(agent: Sessions, chatId: string): Promise<ChatSession> {
  let id = chatId;
  let events = await agent.session(chatId).events();
  for (let n = 1; ; n++) {
    const next = `${chatId}${sessionMark}${n}`;
    const later = await agent.session(next).events();
    if (later.length === 0) return { id, events, next };
    id = next;
    events = later;
  }
}

/**
 * Goes back to before a question, counted from 1: the session up to it is copied, and the chat goes on there. What was
 * said since stays in the log of the session before.
 *
 * @returns The session to go on in: the same if there is no such question yet.
 */
export async function backBefore(
  agent: Sessions,
  { id, events, next }: ChatSession,
  question: number,
): Promise<string> {
  const asked = events.filter((event) => event.type === 'run.started' && event.input !== undefined);
  const first = asked[question - 1];
  if (!first) return id;
  // A session has no events before its first; there the chat begins anew.
  if (first.seq === 1) return next;
  return (await agent.session(id).fork({ at: first.seq - 1, as: next })).id;
}
