import type { Entry } from './entry.ts';

/** What one visitor did without a long break. */
export interface Visit {
  readonly visitor: string;
  /** Unix milliseconds of the first and the last request. */
  readonly start: number;
  end: number;
  pages: number;
}

/** A longer silence than this begins a new visit. */
const breakMs = 30 * 60 * 1000;

/**
 * Cuts a log into visits, in the order in which they began.
 *
 * @param entries In the order of time.
 */
export function visitsOf(entries: readonly Entry[], gapMs = breakMs): Visit[] {
  const latest = new Map<string, Visit>();
  let visits: Visit[] = [];
  for (const { visitor, at } of entries) {
    const known = latest.get(visitor);
    if (known && at - known.end <= gapMs) {
      known.end = at;
      known.pages += 1;
      continue;
    }
    const visit = { visitor, start: at, end: at, pages: 1 };
    latest.set(visitor, visit);
    visits = [...visits, visit]; // in the order of their beginning
  }
  return visits;
}

/** Gives the middle of some numbers; `undefined` of none. */
export function median(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle];
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
