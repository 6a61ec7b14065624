import type { AssistantMessage } from '../contract/message.ts';

/**
 * Gives calls whose id the session has seen ids of their own, so that each gets its own result and the id of a call can
 * serve as a key.
 *
 * @param seen Ids of all calls so far; takes those of this message up.
 */
export function uniqueCalls(message: AssistantMessage, seen: Set<string>): AssistantMessage {
  const parts = message.parts.map((part) => {
    if (part.type !== 'call') return part;
    let { callId } = part;
    for (let n = 2; seen.has(callId); n++) callId = `${part.callId}-${n}`;
    seen.add(callId);
    return callId === part.callId ? part : { ...part, callId };
  });
  return parts.every((part, i) => part === message.parts[i]) ? message : { ...message, parts };
}
