import type { Message, ToolCallPart, ToolMessage } from '@capstan/sdk/contract';

/** A message as a vendor's wire has it. */
export interface EncodedMessage {
  /** None when the message says nothing; several where a vendor splits it. */
  readonly entries: readonly object[];
  /** What can only follow the last tool result of the turn, such as a user message with the images of a result. */
  readonly after?: object;
}

/** How a vendor that wants each call answered, and each answer asked for, is given a conversation that was cut. */
export interface Repair {
  /** Stands for the result of a call that has none. */
  readonly missing: (call: ToolCallPart) => object;
  /** Tells a result whose call is not in the message before. */
  readonly late: (message: ToolMessage) => object;
}

/** What a model reads in place of a result that is missing. */
export const noResult = 'There is no result: the call was interrupted.';

interface Kept {
  /** The messages the text stands for, by identity. */
  readonly messages: Message[];
  text: string;
  after: object[];
  /** Calls of the last assistant message without a result so far. */
  open: Map<string, ToolCallPart>;
}

/**
 * Makes a function that gives a conversation as comma-joined JSON and keeps what it has made: a turn costs only its new
 * messages, as long as the old ones keep their identity.
 *
 * Kept by the first message of a conversation, so one model serves many at once, and freed with it.
 */
export function historyText(
  encode: (message: Message) => EncodedMessage,
  repair?: Repair,
): (messages: readonly Message[]) => string {
  const conversations = new WeakMap<Message, Kept>();

  function unanswered({ open }: Kept): object[] {
    return repair ? [...open.values()].map(repair.missing) : [];
  }

  function add(kept: Kept, message: Message, entries: object[]): void {
    if (message.role === 'tool') {
      const asked = kept.open.delete(message.callId);
      if (repair && !asked) return void kept.after.push(repair.late(message));
    } else if (kept.open.size > 0 || kept.after.length > 0) {
      entries.push(...unanswered(kept), ...kept.after.splice(0));
      kept.open = new Map();
    }
    const encoded = encode(message);
    for (const entry of encoded.entries) entries.push(entry);
    if (encoded.after) kept.after.push(encoded.after);
    if (message.role === 'assistant' && encoded.entries.length > 0) {
      for (const part of message.parts) if (part.type === 'call') kept.open.set(part.callId, part);
    }
  }

  return (messages) => {
    const [first] = messages;
    if (!first) return '';
    let kept = conversations.get(first);
    if (!kept || !isPrefix(kept.messages, messages)) {
      kept = { messages: [], text: '', after: [], open: new Map() };
      conversations.set(first, kept);
    }
    const entries: object[] = [];
    for (let at = kept.messages.length; at < messages.length; at += 1) {
      const message = messages[at] as Message;
      add(kept, message, entries);
      kept.messages.push(message);
    }
    kept.text = join(kept.text, entries);
    return join(kept.text, [...unanswered(kept), ...kept.after]);
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
