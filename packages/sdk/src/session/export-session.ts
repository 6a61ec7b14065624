import { CapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { Message, ResultPart, TextPart } from '../contract/message.ts';
import type { RunStore } from '../contract/store.ts';
import { emptySession, foldEvents } from './fold.ts';
import { readEvent } from './read-event.ts';
import { summariseSession } from './session-summary.ts';

/** First line of an exported session. */
interface ExportHead {
  readonly capstan: 'session';
  readonly sessionId: string;
}

/**
 * Exports a session: `json` gives lines of JSON that hold all of it and can be imported, `markdown` the conversation
 * for people.
 *
 * @throws {CapstanError} `not_found` for a session without events.
 */
export async function exportSession(store: RunStore, sessionId: string, format: 'json' | 'markdown'): Promise<string> {
  const events = await store.read(sessionId);
  if (events.length === 0) throw noSession(sessionId);
  if (format === 'markdown') return toMarkdown(sessionId, events);
  const head: ExportHead = { capstan: 'session', sessionId };
  return [head, ...events].map((line) => JSON.stringify(line) + '\n').join('');
}

/**
 * Imports what `exportSession` gave as `json`.
 *
 * @param options.as Another id for the session. Default: its own.
 * @returns The id of the session.
 * @throws {CapstanError} `conflict` if the session exists, `store_failed` if the text is no export or has gaps.
 */
export async function importSession(
  store: RunStore,
  json: string,
  { as }: { readonly as?: string } = {},
): Promise<string> {
  const [head, ...lines] = json.split('\n').filter((line) => line.trim() !== '');
  const own = sessionOf(head);
  const sessionId = as ?? own;
  const events = lines.map((line) => ({ ...readEvent(line), sessionId }));
  await store.append(sessionId, 0, events);
  return sessionId;
}

/** The error for a session that has no events. */
export function noSession(sessionId: string): CapstanError {
  return new CapstanError('not_found', `There is no session ${sessionId} in the store. List the sessions to find it.`, {
    where: sessionId,
  });
}

function sessionOf(head: string | undefined): string {
  const found = /^\{"capstan":"session","sessionId":("(?:[^"\\]|\\.)*")\}$/.exec(head ?? '');
  if (!found?.[1])
    throw new CapstanError(
      'store_failed',
      'This is no exported session: its first line should say {"capstan":"session",…}.',
    );
  return JSON.parse(found[1]) as string;
}

function toMarkdown(sessionId: string, events: readonly DurableEvent[]): string {
  const summary = summariseSession(sessionId, events);
  const { messages } = foldEvents(
    emptySession(),
    events.filter((event) => event.type !== 'context.compacted'),
  );
  const at = new Date(summary?.createdAt ?? 0).toISOString();
  return (
    [`# ${summary?.title ?? sessionId}`, `Session ${sessionId}, ${at}`, ...messages.map(section)].join('\n\n') + '\n'
  );
}

function section(message: Message): string {
  switch (message.role) {
    case 'user':
      return `## User\n\n${message.parts.map(shown).join('\n\n')}`;
    case 'assistant':
      return `## Assistant\n\n${message.parts.map((part) => (part.type === 'call' ? `Calls \`${part.tool}\`:\n\n${fence(part.json, 'json')}` : shown(part))).join('\n\n')}`;
    case 'tool':
      return `### Result of \`${message.tool}\`${message.failed ? ' (failed)' : ''}\n\n${message.parts.map((part) => (part.type === 'text' ? fence(part.text, '') : shown(part))).join('\n\n')}`;
    default:
      return message satisfies never;
  }
}

function shown(part: TextPart | ResultPart | { readonly type: 'reasoning'; readonly text: string }): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'reasoning') return part.text.replace(/^/gm, '> ');
  return `[${part.type}: ${part.mediaType}]`;
}

/** A fence longer than any run of back-ticks in the text. */
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}
