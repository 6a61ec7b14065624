import { CapstanError, newId, type DurableEvent } from '@capstan/sdk/contract';

/** A session as a file: every event, so that nothing is lost on the way. */
export interface SessionFile {
  readonly format: 'capstan.session';
  readonly v: 1;
  readonly sessionId: string;
  readonly events: readonly DurableEvent[];
}

/** Writes a session as JSON. */
export function sessionFile(sessionId: string, events: readonly DurableEvent[]): SessionFile {
  return { format: 'capstan.session', v: 1, sessionId, events };
}

/** Reads a session from its file. @throws {CapstanError} `invalid_config` for what is none, or has gaps. */
export function readSessionFile(text: string, where: string): SessionFile {
  const wrong = (why: string) =>
    new CapstanError('invalid_config', `${where} ${why}. Make it with "capstan sessions export".`, { where });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('is not JSON');
  }
  const file = value as Partial<SessionFile> | null;
  if (file === null || typeof file !== 'object' || file.format !== 'capstan.session' || !Array.isArray(file.events))
    throw wrong('holds no session');
  if (file.v !== 1) throw wrong('comes from a newer version');
  const events = file.events as readonly Partial<DurableEvent>[];
  const whole = events.every(
    (event, at) =>
      event?.v === 1 && event.seq === at + 1 && typeof event.type === 'string' && typeof event.runId === 'string',
  );
  if (!whole) throw wrong('has events missing or damaged');
  return file as SessionFile;
}

/**
 * Copies a session's events under another id. Runs get new ids too: an id names one run in one session.
 *
 * @param options.until Last event to take. Default: all.
 */
export function copiedEvents(
  events: readonly DurableEvent[],
  sessionId: string,
  { until = Infinity }: { readonly until?: number } = {},
): DurableEvent[] {
  const ids = new Map<string, string>();
  const renamed = (runId: string): string => {
    const known = ids.get(runId) ?? newId();
    ids.set(runId, known);
    return known;
  };
  return events
    .filter(({ seq }) => seq <= until)
    .map((event) => ({ ...event, sessionId, runId: renamed(event.runId) }));
}
