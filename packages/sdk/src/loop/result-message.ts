import type { ResultPart, ToolCallPart, ToolMessage } from '../contract/message.ts';

/** The result of a call as the model reads it. */
export function resultMessage({ callId, tool }: ToolCallPart, parts: readonly ResultPart[]): ToolMessage {
  return { role: 'tool', callId, tool, parts };
}

/** The result of a call that did not do what was asked; the text says why and what to do. */
export function failedResult(
  { callId, tool }: ToolCallPart,
  text: string,
  options: { readonly interrupted?: true } = {},
): ToolMessage {
  return { role: 'tool', callId, tool, parts: [{ type: 'text', text }], failed: true, ...options };
}
