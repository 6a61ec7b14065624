import type { DurableEvent } from '../contract/event.ts';
import type { Lease } from '../contract/lease.ts';
import type { RunStore } from '../contract/store.ts';
import { isCapstanError } from '../contract/errors.ts';
import { holderHere } from '../session/lease-holder.ts';

/** How many signs of life a holder gives in the time of one lease. */
const beats = 3;

/**
 * Writes one run's events to its session, as the only writer: it holds the session's lease, prolongs it while the run
 * lives and gives it up with the last event.
 */
export class SessionWriter {
  readonly #store: RunStore;
  readonly #sessionId: string;
  readonly #onLost: (error: Error) => void;
  #lease: Lease | undefined;
  /** Unix milliseconds by our own clock, never later than the store's. */
  #until = Infinity;
  #timer: NodeJS.Timeout | undefined;

  private constructor(store: RunStore, sessionId: string, onLost: (error: Error) => void) {
    this.#store = store;
    this.#sessionId = sessionId;
    this.#onLost = onLost;
  }

  /**
   * Takes the session.
   *
   * @param onLost Told when another has taken it over meanwhile.
   * @throws {CapstanError} `conflict` while another holds it.
   */
  static async open(
    store: RunStore,
    { sessionId, runId }: { readonly sessionId: string; readonly runId: string },
    onLost: (error: Error) => void,
  ): Promise<SessionWriter> {
    const writer = new SessionWriter(store, sessionId, onLost);
    const { leases } = store;
    if (!leases) return writer;
    const asked = Date.now();
    const lease = await leases.take(sessionId, holderHere(runId));
    writer.#keep(lease, asked);
    writer.#timer = setInterval(() => void writer.#beat(), lease.ttlMs / beats);
    // A lease alone keeps no process alive.
    writer.#timer.unref();
    return writer;
  }

  /** @param last Gives the session up with these events. */
  async append(expectedSeq: number, events: readonly DurableEvent[], last = false): Promise<void> {
    if (Date.now() >= this.#until) await this.#renew();
    const lease = this.#lease;
    if (!lease) return this.#store.append(this.#sessionId, expectedSeq, events);
    if (last) clearInterval(this.#timer);
    await this.#store.append(this.#sessionId, expectedSeq, events, { lease, ...(last ? { release: true } : {}) });
    if (last) this.#lease = undefined;
  }

  /** Gives the session up; what the store says to that is of no matter, since a lease ends by itself. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease) await this.#store.leases?.release(lease).catch(() => {});
  }

  async #renew(): Promise<void> {
    const { leases } = this.#store;
    const lease = this.#lease;
    if (!leases || !lease) return;
    const asked = Date.now();
    const renewed = await leases.renew(lease);
    if (this.#lease) this.#keep(renewed, asked);
  }

  #keep(lease: Lease, asked: number): void {
    this.#lease = lease;
    this.#until = asked + lease.ttlMs;
  }

  /** A store that fails is asked again at the next beat; one that says no ends the run. */
  async #beat(): Promise<void> {
    try {
      await this.#renew();
    } catch (error) {
      if (!this.#lease || !isCapstanError(error) || error.code !== 'conflict') return;
      clearInterval(this.#timer);
      this.#onLost(error);
    }
  }
}
