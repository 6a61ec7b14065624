import type { Message, ToolMessage } from '@capstan/sdk/contract';

/** A call that was made for the present request, with its result. */
export interface Step {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The text of the result; of a failed call, why it failed. */
  readonly text: string;
  readonly failed: boolean;
  /** Stopped before it ended, so it says nothing. */
  readonly interrupted: boolean;
}

/** A conversation as the practice model sees it. */
export interface Conversation {
  /** The last thing the user said. */
  readonly request: string;
  /** What was done since, in order. */
  readonly steps: readonly Step[];
  /** Whether the model has spoken before, so that it need not introduce itself again. */
  readonly introduced: boolean;
}

/** Reads a conversation: the last request, and the calls made for it with their results. */
export function readConversation(messages: readonly Message[]): Conversation {
  const last = messages.findLastIndex((message) => message.role === 'user');
  const asked = messages[last];
  const request = asked?.role === 'user' ? textOf(asked.parts) : '';
  const results = new Map<string, ToolMessage>();
  for (const message of messages) if (message.role === 'tool') results.set(message.callId, message);
  const steps: Step[] = [];
  for (const message of messages.slice(last + 1)) {
    if (message.role !== 'assistant') continue;
    for (const part of message.parts) {
      if (part.type === 'call') steps.push(stepOf(part, results.get(part.callId)));
    }
  }
  return { request, steps, introduced: messages.some((message) => message.role === 'assistant') };
}

function stepOf(call: { readonly tool: string; readonly json: string }, result: ToolMessage | undefined): Step {
  return {
    tool: call.tool,
    input: parseInput(call.json),
    text: result ? textOf(result.parts) : '',
    failed: result?.failed === true || result === undefined,
    interrupted: result === undefined || result.interrupted === true,
  };
}

function parseInput(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(parts: readonly { readonly type: string; readonly text?: string }[]): string {
  return parts.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('');
}
