import type { RunEvent, EventOf } from '../contract/event.ts';
import type { UIChunk } from './ui-chunk.ts';
import { UIChunks } from './ui-chunks.ts';
import type { UIMessage } from './ui-message.ts';
import { foldChunks } from './ui-message.ts';
import { uiPartsOf } from './user-parts.ts';

/**
 * Gives a session as the messages that `useChat` begins with, for a page that is loaded anew. An answer has the id of its
 * run, so that the stream of a run still under way takes its place.
 */
export function toUIMessages(events: readonly RunEvent[]): UIMessage[] {
  const runs = Map.groupBy(events, ({ runId }) => runId);
  return [...runs.values()].flatMap(messagesOfRun);
}

function messagesOfRun(events: readonly RunEvent[]): UIMessage[] {
  const started = events.find((event): event is EventOf<'run.started'> => event.type === 'run.started');
  if (!started) return [];
  const { runId, input } = started;
  const said: UIMessage[] = input ? [{ id: `${runId}.user`, role: 'user', parts: uiPartsOf(input.parts) }] : [];
  const translated = new UIChunks();
  const chunks: UIChunk[] = events.flatMap((event) => translated.take(event));
  const answer = foldChunks(chunks, runId);
  return answer.parts.length > 0 ? [...said, answer] : said;
}
