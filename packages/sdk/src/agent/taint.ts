import type { Policy } from '@capstan/policy';
import type { Message } from '../contract/message.ts';
import type { Tool } from '../contract/tool.ts';

/** Which policy holds: the agent's own, or its stricter form once the conversation holds untrusted text. */
export interface Taint {
  readonly policy: Policy;
  readonly mark: () => void;
}

/** The policy that holds at this moment, where it may change. */
export function currentPolicy(policy: Policy | (() => Policy)): Policy {
  return typeof policy === 'function' ? policy() : policy;
}

/**
 * Watches over a run's policy. A session that took in untrusted text begins tainted, and nothing takes the taint away
 * again: no compaction, no restart.
 *
 * @param conversation.tainted Whether the session's log says so.
 * @param conversation.above Taints the run that this one serves as a sub-agent.
 */
export function taintOf(
  policy: Policy | (() => Policy),
  tainted: (policy: Policy) => Policy,
  conversation: {
    readonly tainted: boolean;
    readonly messages: readonly Message[];
    readonly tools: readonly Tool[];
    readonly above: (() => void) | undefined;
  },
): Taint {
  const { messages, tools, above } = conversation;
  let marked = false;
  const mark = () => {
    if (marked) return;
    marked = true;
    above?.();
  };
  if (conversation.tainted) mark();
  const untrusted = new Set(tools.filter((tool) => tool.untrusted).map((tool) => tool.name));
  if (messages.some((message) => message.role === 'tool' && untrusted.has(message.tool))) mark();
  return {
    get policy() {
      const now = currentPolicy(policy);
      return marked ? tainted(now) : now;
    },
    mark,
  };
}
