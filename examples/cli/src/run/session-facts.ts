import type { DurableEvent, Message, RunReason } from '@capstan/sdk/contract';

/** What is said of a session in a list. */
export interface SessionFacts {
  /** The title it was given, else the first words of the user. */
  readonly title: string;
  readonly runs: number;
  /** Absent when a price was unknown. */
  readonly costUsd?: number;
  readonly patches: number;
  /** How the last run ended; `open` when it goes on or its process died. */
  readonly state: RunReason | 'open';
  readonly model: string;
}

/** Folds a session's events into what a list says of it. */
export function sessionFacts(events: readonly DurableEvent[]): SessionFacts {
  const started = events.flatMap((event) => (event.type === 'run.started' ? [event] : []));
  const ended = new Map(events.flatMap((event) => (event.type === 'run.ended' ? [[event.runId, event] as const] : [])));
  const costs = [...ended.values()].map(({ costUsd }) => costUsd);
  const known = costs.every((cost) => cost !== undefined);
  const last = events.findLast((event) => event.type === 'run.started' || event.type === 'run.ended');
  const first = started.find(({ input }) => input !== undefined)?.input;
  const renamed = events.findLast((event) => event.type === 'session.renamed');
  return {
    title: renamed?.title ?? (first ? textOf(first) : ''),
    runs: new Set(started.map(({ runId }) => runId)).size,
    ...(known ? { costUsd: costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0) } : {}),
    patches: events.filter(({ type }) => type === 'patch.created').length,
    state: last?.type === 'run.ended' ? last.reason : 'open',
    model: started.at(-1)?.model ?? '',
  };
}

/** The words of a message, without its other parts. */
export function textOf(message: Message): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
