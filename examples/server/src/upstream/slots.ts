import { CapstanError } from '@capstan/sdk/contract';

export interface SlotsOptions {
  readonly concurrency: number;
  /** How many may wait. */
  readonly queue: number;
  readonly queueMs: number;
  /** Stands in messages. */
  readonly name: string;
}

/** Caps how many calls an upstream has at a time; some more wait in a row, the rest is refused at once. */
export interface Slots {
  /**
   * Takes a slot; give it back by calling the result, once.
   *
   * @throws {CapstanError} `rate_limited` with status 503 when the row is full or the wait was too long; `aborted`.
   */
  take(signal: AbortSignal): Promise<() => void> | (() => void);
  readonly used: number;
  readonly waiting: number;
}

interface Waiting {
  readonly go: () => void;
}

/** Makes the slots. */
export function createSlots({ concurrency, queue, queueMs, name }: SlotsOptions): Slots {
  const row = new Set<Waiting>();
  let used = 0;

  function release(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      used -= 1;
      const [next] = row;
      next?.go();
    };
  }

  function wait(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        row.delete(waiting);
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      };
      const waiting: Waiting = {
        go: () => {
          leave();
          used += 1;
          resolve(release());
        },
      };
      const stop = (): void => {
        leave();
        reject(new CapstanError('aborted', 'The client went while its call waited.'));
      };
      const timer = setTimeout(() => {
        leave();
        reject(full(name, `no call of it ended within ${queueMs} ms`));
      }, queueMs);
      row.add(waiting);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    });
  }

  return {
    take(signal) {
      if (used < concurrency) {
        used += 1;
        return release();
      }
      if (row.size >= queue) throw full(name, `${used} calls run and ${row.size} wait`);
      return wait(signal);
    },
    get used() {
      return used;
    },
    get waiting() {
      return row.size;
    },
  };
}

function full(name: string, why: string): CapstanError {
  const text = `The upstream ${name} is full: ${why}. Try again shortly.`;
  return new CapstanError('rate_limited', text, { status: 503, retryable: true, retryAfterMs: 1000 });
}
