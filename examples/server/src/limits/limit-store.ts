/** One limit that a call counts against. */
export interface Claim {
  /** Names the counter, for example `device:01J…:tokens:day`. */
  readonly name: string;
  /** Length of the window; windows begin at whole multiples of it since 1970. */
  readonly windowMs: number;
  /** The most that may be taken within a window. */
  readonly max: number;
  /** What the call may take at worst. */
  readonly amount: number;
}

/** What counters say. In the order of the claims. */
export interface CounterStates {
  /** The store's own clock, Unix milliseconds. */
  readonly now: number;
  /** Used and reserved in the running window, before this call. */
  readonly taken: readonly number[];
  /** The part of `taken` that is used for good; the rest may come back. */
  readonly used: readonly number[];
}

export type ReserveResult = CounterStates &
  ({ readonly reservation: Reservation } | { readonly reservation?: undefined });

/** What was set aside for a call. It ends with the process that holds it. */
export interface Reservation {
  /**
   * Puts what was used in the place of what was reserved, in the windows of the reservation. Exactly once.
   *
   * @throws {CapstanError} `store_failed` when the store cannot be reached; then it may be called again.
   */
  settle(used: readonly number[]): Promise<void>;
}

/**
 * Counts what is used and reserved. The relays that share one share their limits.
 *
 * Never is more admitted than fits: used and reserved together stay within `max` as long as no call uses more than it
 * reserved. What a process reserved and did not settle counts until its lease has run out.
 */
export interface LimitStore {
  /**
   * Reserves every claim, or none when one does not fit.
   *
   * @throws {CapstanError} `store_failed` when the store cannot be reached.
   */
  reserve(claims: readonly Claim[]): Promise<ReserveResult>;
  /** Keeps the lease of this process. Called every third of it. */
  beat(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds after which what a dead process reserved is free again. */
export const defaultLeaseMs = 30_000;

/** When the window of a claim began. */
export function windowStart(now: number, windowMs: number): number {
  return now - (now % windowMs);
}
