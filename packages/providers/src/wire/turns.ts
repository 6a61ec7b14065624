import type { AssistantMessage, Message, ToolCallPart, ToolMessage, UserMessage } from '@capstan/sdk/contract';

/** What one side says until the other speaks. The texts are JSON. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  /** Results of the calls just before; they come first. */
  readonly results: string[];
  readonly pieces: string[];
}

/** How a vendor writes the pieces of a conversation. */
export interface TurnEncoding {
  readonly user: (message: UserMessage) => readonly string[];
  readonly assistant: (message: AssistantMessage) => readonly string[];
  readonly result: (message: ToolMessage, call: ToolCallPart) => string;
  /** A result whose call is not in the turn before, which vendors refuse as a result. */
  readonly late: (message: ToolMessage) => string;
  /** Stands for the result of a call that has none, which vendors refuse too. */
  readonly missing: (call: ToolCallPart) => string;
  /** Writes a whole turn; empty to leave it out. */
  readonly turn: (turn: Turn) => string;
}

/** A conversation: what is written already, and the last turns, which may still change or be marked. */
export interface Turns {
  /** Comma-joined. */
  readonly written: string;
  /** The last four at least, unless there are fewer. */
  readonly last: readonly Turn[];
}

interface Kept {
  readonly messages: Message[];
  readonly turns: Turn[];
  open: Map<string, ToolCallPart>;
  written: string;
}

/** Turns that are not written yet: a vendor may mark the last two of a side. */
const unwritten = 4;

/**
 * Makes a function that turns conversations into turns, for vendors that want sides to alternate and each call to have
 * its result in the very next turn.
 *
 * A conversation costs only its new messages as long as the old ones keep their identity; it is kept by its first
 * message and freed with it.
 */
export function turnKeeper(encoding: TurnEncoding): (messages: readonly Message[]) => Turns {
  const conversations = new WeakMap<Message, Kept>();
  return (messages) => {
    const [first] = messages;
    if (!first) return { written: '', last: [] };
    let kept = conversations.get(first);
    if (!kept || !isPrefix(kept.messages, messages)) {
      kept = { messages: [], turns: [], open: new Map(), written: '' };
      conversations.set(first, kept);
    }
    for (let at = kept.messages.length; at < messages.length; at += 1) add(kept, messages[at] as Message, encoding);
    write(kept, encoding);
    return { written: kept.written, last: answered(kept, encoding) };
  };
}

function add(kept: Kept, message: Message, encoding: TurnEncoding): void {
  kept.messages.push(message);
  if (message.role === 'tool') return addResult(kept, message, encoding);
  if (kept.open.size > 0) turnOf(kept, 'user').results.push(...[...kept.open.values()].map(encoding.missing));
  kept.open = new Map();
  const pieces = message.role === 'user' ? encoding.user(message) : encoding.assistant(message);
  // A message that says nothing is no turn: its neighbours are one.
  if (pieces.length > 0) turnOf(kept, message.role).pieces.push(...pieces);
  if (message.role === 'user') return;
  for (const part of message.parts) if (part.type === 'call') kept.open.set(part.callId, part);
}

function addResult(kept: Kept, message: ToolMessage, encoding: TurnEncoding): void {
  const call = kept.open.get(message.callId);
  kept.open.delete(message.callId);
  if (call) turnOf(kept, 'user').results.push(encoding.result(message, call));
  else turnOf(kept, 'user').pieces.push(encoding.late(message));
}

function turnOf({ turns }: Kept, role: Turn['role']): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, results: [], pieces: [] };
  turns.push(turn);
  return turn;
}

/** Writes the turns that nothing changes any more. Joined once: a text that grows turn by turn is slow to make flat. */
function write(kept: Kept, { turn }: TurnEncoding): void {
  if (kept.turns.length <= unwritten) return;
  const texts = kept.turns.splice(0, kept.turns.length - unwritten).map(turn);
  kept.written = [kept.written, ...texts].filter(Boolean).join(',');
}

/** The turns that may change, each call with a result; the kept conversation stays open for those that are to come. */
function answered({ open, turns }: Kept, { missing }: TurnEncoding): Turn[] {
  if (open.size === 0) return [...turns];
  const results = [...open.values()].map(missing);
  const last = turns.at(-1);
  if (last?.role !== 'user') return [...turns, { role: 'user', results, pieces: [] }];
  return [...turns.slice(0, -1), { ...last, results: [...last.results, ...results] }];
}

function isPrefix(some: readonly Message[], all: readonly Message[]): boolean {
  return some.length <= all.length && some.every((message, at) => message === all[at]);
}
