import type { Policy } from '@capstan/policy';
import type { Message } from '../contract/message.ts';
import type { Tool } from '../contract/tool.ts';

/** Which policy holds: the agent's own, or its stricter form once the conversation holds untrusted text. */
export interface Taint {
  readonly policy: Policy;
  readonly mark: () => void;
}

/**
 * Watches over a run's policy. A conversation that already holds the result of an untrusted tool begins tainted, and
 * nothing takes the taint away again.
 *
 * @param conversation.above Taints the run that this one serves as a sub-agent.
 */
export function taintOf(
  policy: Policy,
  tainted: (policy: Policy) => Policy,
  conversation: {
    readonly messages: readonly Message[];
    readonly tools: readonly Tool[];
    readonly above: (() => void) | undefined;
  },
): Taint {
  const { messages, tools, above } = conversation;
  let now = policy;
  const mark = () => {
    if (now !== policy) return;
    now = tainted(policy);
    above?.();
  };
  const untrusted = new Set(tools.filter((tool) => tool.untrusted).map((tool) => tool.name));
  if (messages.some((message) => message.role === 'tool' && untrusted.has(message.tool))) mark();
  return {
    get policy() {
      return now;
    },
    mark,
  };
}
