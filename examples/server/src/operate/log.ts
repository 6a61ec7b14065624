import { maskSecrets } from '@capstan/providers/keys';
import { destination, pino, type DestinationStream, type Level } from 'pino';
import type { Observer } from '../http/observer.ts';

export interface LogOptions {
  /** Default `info`. */
  readonly level?: Level | 'silent';
  /** Where lines go. Default: stdout. */
  readonly to?: DestinationStream;
  /** Keys that the relay knows; they are masked wherever they stand. */
  readonly secrets?: () => readonly string[];
}

export interface Log {
  readonly observer: Observer;
  /** Writes what waits. */
  flush(): void;
}

/** Routes whose every visit is of no interest. */
const quiet = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * Writes a line of JSON for what happens. What a client or an upstream could have written into a text is masked where it
 * looks like a key; prompts and replies are not in what an observer hears.
 */
export function createLog({ level = 'info', to = standardOutput(), secrets = () => [] }: LogOptions = {}): Log {
  const masked = (text: string): string => maskSecrets(text, secrets());
  // Models are few, and looking through a text for keys is the dearest part of a line.
  const names = new Map<string, string>();
  const maskedName = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    if (names.size >= 500) names.clear();
    const made = masked(name.slice(0, 200));
    names.set(name, made);
    return made;
  };
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' }, to);
  return {
    observer: {
      request(record) {
        if (quiet.has(record.route) && record.status < 400) return;
        log.info({ event: 'request', ...record, ms: round(record.ms) });
      },
      call(record) {
        const { error, asked, ms, ...rest } = record;
        const line = { event: 'call', ...rest, asked: maskedName(asked), ms: round(ms) };
        if (error === undefined) log.info(line);
        else log.warn({ ...line, error: masked(error) });
      },
      upstream: (record) => log.warn({ event: 'upstream', ...record, error: masked(record.error) }),
      fault(error, requestId) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        log.error({ event: 'fault', requestId, error: masked(text) });
      },
      notice: (message) => log.info({ event: 'notice' }, masked(message)),
    },
    flush: () => log.flush(),
  };
}

/** Writing each line by itself costs as much as the rest of a call; a tenth of a second late is soon enough for a log. */
function standardOutput(): DestinationStream {
  return destination({ fd: 1, sync: false, minLength: 8192, periodicFlush: 100 });
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
