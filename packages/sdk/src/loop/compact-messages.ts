import type { Compaction } from '../contract/hook.ts';
import type { Message, ResultPart, ToolMessage, UserMessage } from '../contract/message.ts';

/** Characters that stay of an old tool output. */
const keptChars = 400;
const note = '\n[the rest was left out to save space; call the tool again if it is needed]';

/**
 * Does to a conversation what a `context.compacted` event says, in place: the loop and the fold of the log share this,
 * so that a resumed session sees the same messages.
 */
export function compactMessages(messages: Message[], compaction: Compaction): void {
  const { trimmed, imagesOnly, dropped, summary } = compaction;
  for (let i = 0; i < trimmed; i++) messages[i] = trimMessage(messages[i] as Message, imagesOnly);
  if (dropped > 0) messages.splice(0, dropped, summaryMessage(summary));
}

/**
 * A message with its images left out and, unless these are all, its long tool output cut; the same message if there is
 * nothing to leave out.
 */
export function trimMessage(message: Message, imagesOnly = false): Message {
  if (message.role === 'assistant') return message;
  if (!message.parts.some(isHeavy)) return message;
  const parts = message.parts.map((part) => (isHeavy(part) ? light(part) : part));
  return message.role === 'user' ? ({ ...message, parts } as UserMessage) : ({ ...message, parts } as ToolMessage);

  function isHeavy(part: ResultPart): boolean {
    if (part.type !== 'text') return true;
    return !imagesOnly && message.role === 'tool' && part.text.length > keptChars + note.length;
  }
}

function light(part: ResultPart): ResultPart {
  if (part.type === 'text') return { type: 'text', text: part.text.slice(0, keptChars) + note };
  return { type: 'text', text: `[${part.type === 'image' ? 'an image' : 'a file'} was left out to save space]` };
}

function summaryMessage(summary: string): UserMessage {
  return { role: 'user', parts: [{ type: 'text', text: summary }] };
}
