import type { Message } from '@capstan/sdk/contract';

/** A message as a vendor's wire has it. */
export interface EncodedMessage {
  /** None when the message says nothing; several where a vendor splits it. */
  readonly entries: readonly object[];
  /** What can only follow the last tool result of the turn, such as a user message with the images of a result. */
  readonly after?: object;
}

interface Kept {
  /** The messages the text stands for, by identity. */
  readonly messages: Message[];
  text: string;
  after: object[];
}

/**
 * Makes a function that gives a conversation as comma-joined JSON and keeps what it has made: a turn costs only its new
 * messages, as long as the old ones keep their identity.
 *
 * Kept by the first message of a conversation, so one model serves many at once, and freed with it.
 */
export function historyText(encode: (message: Message) => EncodedMessage): (messages: readonly Message[]) => string {
  const conversations = new WeakMap<Message, Kept>();

  function append(kept: Kept, messages: readonly Message[]): void {
    const entries: object[] = [];
    for (let at = kept.messages.length; at < messages.length; at += 1) {
      const message = messages[at] as Message;
      if (kept.after.length > 0 && message.role !== 'tool') entries.push(...kept.after.splice(0));
      const encoded = encode(message);
      for (const entry of encoded.entries) entries.push(entry);
      if (encoded.after) kept.after.push(encoded.after);
      kept.messages.push(message);
    }
    kept.text = join(kept.text, entries);
  }

  return (messages) => {
    const [first] = messages;
    if (!first) return '';
    let kept = conversations.get(first);
    if (!kept || !isPrefix(kept.messages, messages)) {
      kept = { messages: [], text: '', after: [] };
      conversations.set(first, kept);
    }
    if (kept.messages.length < messages.length) append(kept, messages);
    return join(kept.text, kept.after);
  };
}

function join(text: string, entries: readonly object[]): string {
  if (entries.length === 0) return text;
  const json = JSON.stringify(entries).slice(1, -1);
  return text === '' ? json : `${text},${json}`;
}

function isPrefix(some: readonly Message[], all: readonly Message[]): boolean {
  if (some.length > all.length) return false;
  for (let at = 0; at < some.length; at += 1) if (some[at] !== all[at]) return false;
  return true;
}
