import type { AssistantMessage } from '../contract/message.ts';

/** Gives calls of one message that share an id ids of their own, so that each gets its own result. */
export function uniqueCalls(message: AssistantMessage): AssistantMessage {
  const seen = new Set<string>();
  const parts = message.parts.map((part) => {
    if (part.type !== 'call') return part;
    let { callId } = part;
    for (let n = 2; seen.has(callId); n++) callId = `${part.callId}-${n}`;
    seen.add(callId);
    return callId === part.callId ? part : { ...part, callId };
  });
  return parts.every((part, i) => part === message.parts[i]) ? message : { ...message, parts };
}
