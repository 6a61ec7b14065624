import type { DurableEvent, RunReason } from '../contract/event.ts';
import type { Message } from '../contract/message.ts';
import type { RunStore } from '../contract/store.ts';
import { toldIn } from '../loop/summarise.ts';
import { emptySession, foldEvents } from './fold.ts';

/** A session at a glance. */
export interface SessionSummary {
  readonly id: string;
  /** The title it was given, else the first line of its first message. */
  readonly title: string;
  /**
   * What it came to: the summary it was given, else that of its last compaction, else the beginning of the last reply. Empty
   * while there is none.
   */
  readonly summary: string;
  readonly messages: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastRunId: string;
  /** How its newest run ended; absent while it runs, or when its process died. */
  readonly lastReason?: RunReason;
  /** UTF-8 bytes of its events as JSON. */
  readonly bytes: number;
}

const titleChars = 80;
const summaryChars = 400;

/**
 * Lists sessions, the last changed first.
 *
 * @param options.search Keeps those in whose title, summary or messages the words stand, in any case of letters.
 * @param options.limit How many at most. Default: all.
 */
export async function listSessions(
  store: RunStore,
  { search, limit = Infinity }: { readonly search?: string; readonly limit?: number } = {},
): Promise<readonly SessionSummary[]> {
  const found: SessionSummary[] = [];
  for (const { sessionId } of await store.list()) {
    if (found.length >= limit) break;
    const events = await store.read(sessionId);
    const summary = summariseSession(sessionId, events);
    if (summary && (search === undefined || speaksOf(events, summary, search.toLowerCase()))) found.push(summary);
  }
  return found;
}

/** Describes a session by its events; undefined when it has none. */
export function summariseSession(id: string, events: readonly DurableEvent[]): SessionSummary | undefined {
  const first = events[0];
  const last = events.at(-1);
  if (!first || !last) return undefined;
  const { messages, run } = foldEvents(emptySession(), events);
  const renamed = events.findLast((event) => event.type === 'session.renamed');
  return {
    id,
    title: renamed?.title ?? firstWords(messages),
    summary: cutAt(summaryOf(events, messages), summaryChars),
    messages: messages.length,
    createdAt: first.at,
    updatedAt: last.at,
    lastRunId: last.runId,
    ...(run?.ended ? { lastReason: run.ended.reason } : {}),
    bytes: events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)), 0),
  };
}

function firstWords(messages: readonly Message[]): string {
  const line =
    textOf(messages.find((message) => message.role === 'user'))
      .trim()
      .split('\n', 1)[0] ?? '';
  return cutAt(line, titleChars);
}

function summaryOf(events: readonly DurableEvent[], messages: readonly Message[]): string {
  const given = events.findLast((event) => event.type === 'session.renamed' && event.summary !== undefined);
  if (given?.type === 'session.renamed') return given.summary ?? '';
  const compacted = events.findLast((event) => event.type === 'context.compacted' && event.summary !== '');
  if (compacted?.type === 'context.compacted') return toldIn(compacted.summary);
  return textOf(messages.findLast((message) => message.role === 'assistant' && textOf(message).trim() !== '')).trim();
}

function cutAt(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}

function speaksOf(events: readonly DurableEvent[], { title, summary }: SessionSummary, words: string): boolean {
  if (`${title}\n${summary}`.toLowerCase().includes(words)) return true;
  return events.some((event) => event.type === 'message.added' && textOf(event.message).toLowerCase().includes(words));
}

function textOf(message: Message | undefined): string {
  return (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}
