import type { Claim, LimitStore } from './limit-store.ts';
import { windowStart } from './limit-store.ts';

interface Counter {
  readonly start: number;
  readonly end: number;
  used: number;
  reserved: number;
}

/** A counter as it can be kept over a restart; what was reserved ends with the process. */
export interface KeptCounter {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly used: number;
}

/** Limits of one relay alone. Counters can be taken out and put back, so that a restart renews no quota. */
export interface MemoryLimits extends LimitStore {
  /** Counters of windows of an hour and more that changed since the last call. */
  takeChanged(): readonly KeptCounter[];
  restore(counters: readonly KeptCounter[]): void;
}

const hour = 3_600_000;

/** Makes limits that are counted in memory. */
export function memoryLimits({ clock }: { readonly clock: () => number }): MemoryLimits {
  const counters = new Map<string, Counter>();
  const changed = new Set<string>();
  let tidyAt = 0;

  function running({ name, windowMs }: Claim, now: number): Counter {
    const start = windowStart(now, windowMs);
    const found = counters.get(name);
    if (found && found.start >= start) return found;
    const fresh = { start, end: start + windowMs, used: 0, reserved: 0 };
    counters.set(name, fresh);
    return fresh;
  }

  function tidy(now: number): void {
    if (now < tidyAt) return;
    tidyAt = now + 60_000;
    for (const [name, { end }] of counters) if (end <= now) counters.delete(name);
  }

  function settle(claims: readonly Claim[], held: readonly Counter[], used: readonly number[]): void {
    claims.forEach(({ name, amount }, at) => {
      const counter = held[at];
      if (!counter) return;
      counter.reserved -= amount;
      counter.used += used[at] ?? 0;
      if (counter.end - counter.start >= hour) changed.add(name);
    });
  }

  return {
    async reserve(claims) {
      const now = clock();
      tidy(now);
      const held = claims.map((claim) => running(claim, now));
      const used = held.map((counter) => counter.used);
      const taken = held.map((counter) => counter.used + counter.reserved);
      if (claims.some(({ amount, max }, at) => (taken[at] ?? 0) + amount > max)) return { now, taken, used };
      claims.forEach(({ amount }, at) => {
        const counter = held[at];
        if (counter) counter.reserved += amount;
      });
      return { now, taken, used, reservation: { settle: async (amounts) => settle(claims, held, amounts) } };
    },
    takeChanged() {
      const names = [...changed];
      changed.clear();
      return names.flatMap((name) => {
        const counter = counters.get(name);
        return counter ? { name, start: counter.start, end: counter.end, used: counter.used } : [];
      });
    },
    restore(kept) {
      for (const { name, ...counter } of kept) counters.set(name, { ...counter, reserved: 0 });
    },
    async beat() {},
    async close() {},
  };
}
