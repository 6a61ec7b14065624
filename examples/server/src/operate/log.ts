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
export function createLog({
  level = 'info',
  to = destination({ fd: 1, sync: false, minLength: 0 }),
  secrets = () => [],
}: LogOptions = {}): Log {
  const masked = (text: string): string => maskSecrets(text, secrets());
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' }, to);
  return {
    observer: {
      request(record) {
        if (quiet.has(record.route) && record.status < 400) return;
        log.info({ event: 'request', ...record, ms: round(record.ms) });
      },
      call(record) {
        const { error, asked, ms, ...rest } = record;
        const line = { event: 'call', ...rest, asked: masked(asked.slice(0, 200)), ms: round(ms) };
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

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
