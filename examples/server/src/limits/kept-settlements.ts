import type { Reservation } from './limit-store.ts';

/** Settlements that the store could not take, tried again until it does or their windows are long over. */
export class KeptSettlements {
  readonly #clock: () => number;
  readonly #keepMs: number;
  #waiting: { readonly at: number; readonly settle: () => Promise<void> }[] = [];

  constructor({ clock, keepMs = 86_400_000 }: { readonly clock: () => number; readonly keepMs?: number }) {
    this.#clock = clock;
    this.#keepMs = keepMs;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Settles now, or later when the store fails. Never rejects. */
  async settle(reservation: Reservation, used: readonly number[]): Promise<void> {
    const settle = () => reservation.settle(used);
    await settle().catch(() => this.#waiting.push({ at: this.#clock(), settle }));
  }

  /** Tries those that wait; stops at the first that fails again. */
  async retry(): Promise<void> {
    const now = this.#clock();
    const waiting = this.#waiting.filter(({ at }) => now - at < this.#keepMs);
    this.#waiting = [];
    for (const [at, each] of waiting.entries()) {
      const settled = await each.settle().then(
        () => true,
        () => false,
      );
      if (settled) continue;
      this.#waiting = [...waiting.slice(at), ...this.#waiting];
      return;
    }
  }
}
