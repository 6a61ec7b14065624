/** Something that wants to know how time passes, about once a second. */
export interface Ticking {
  /** @param ms Milliseconds since the last tick. */
  tick(ms: number): void;
}

/** One timer for all streams, so that an event costs no timer of its own. */
export interface Ticker {
  add(one: Ticking): void;
  delete(one: Ticking): void;
  stop(): void;
}

/** Makes a ticker. @param everyMs Default 1,000. */
export function createTicker(everyMs = 1000): Ticker {
  const all = new Set<Ticking>();
  const timer = setInterval(() => {
    for (const one of all) one.tick(everyMs);
  }, everyMs).unref();
  return {
    add: (one) => void all.add(one),
    delete: (one) => void all.delete(one),
    stop: () => clearInterval(timer),
  };
}
