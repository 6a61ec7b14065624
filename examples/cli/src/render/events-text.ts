import type { DurableEvent } from '@capstan/sdk/contract';
import { plainText } from './plain-text.ts';
import { Transcript, type TranscriptOptions } from './transcript.ts';

/** Writes kept events as the conversation they were: what was asked, said and done, run by run. */
export function eventsText(events: readonly DurableEvent[], options: TranscriptOptions): string {
  const { colour } = options;
  const transcript = new Transcript(options);
  const parts: string[] = [];
  for (const event of events) {
    if (event.type === 'run.started') {
      const words =
        event.input?.parts.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('') ?? '(resumed)';
      parts.push(
        transcript.close(),
        parts.length > 0 ? '\n' : '',
        colour.bold(`> ${plainText(words).replaceAll('\n', '\n> ')}`),
        '\n\n',
      );
    }
    parts.push(transcript.push(event));
    if (event.type === 'run.ended') {
      parts.push(transcript.close(), '\n', colour.dim(`${event.reason} · run ${event.runId}`), '\n');
    }
  }
  return parts.join('') + transcript.close();
}
