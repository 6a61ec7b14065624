import type { DurableEvent } from '../contract/event.ts';
import type { Difference } from './first-difference.ts';
import { difference } from './first-difference.ts';

type Waiter = { readonly wants: (next: DurableEvent) => boolean; readonly go: (next: DurableEvent) => void };

/**
 * Keeps a replay in step with the record. Whatever the outside world decides (a reply, a tool's end, an answer) waits
 * here until the record says that it is next, so that even parallel calls end in their recorded order.
 */
export class Conductor {
  readonly #recorded: readonly DurableEvent[];
  readonly #waiting = new Set<Waiter>();
  readonly #onTurn: (next: DurableEvent) => void;
  #at = 0;
  #over = Promise.withResolvers<void>();
  difference: Difference | undefined;

  /** @param onTurn Told of the recorded event that should come next, each time that changes. */
  constructor(recorded: readonly DurableEvent[], onTurn: (next: DurableEvent) => void) {
    this.#recorded = recorded;
    this.#onTurn = onTurn;
  }

  get next(): DurableEvent | undefined {
    return this.#recorded[this.#at];
  }

  /** Everything recorded from here on. */
  get rest(): readonly DurableEvent[] {
    return this.#recorded.slice(this.#at);
  }

  /** Takes an event of the replay; tells whether it is the one recorded. */
  take(event: DurableEvent): boolean {
    const recorded = this.next;
    this.difference ??= recorded
      ? difference(recorded, event)
      : { seq: this.#recorded.at(-1)?.seq ?? 0, replayed: event };
    if (this.difference) {
      this.end();
      return false;
    }
    this.#at++;
    this.#turn();
    return true;
  }

  /** Waits until the recorded event that comes next is one that `wants` picks. */
  until(wants: (next: DurableEvent) => boolean): Promise<DurableEvent> {
    const { next } = this;
    if (next && wants(next)) return Promise.resolve(next);
    return new Promise((go) => this.#waiting.add({ wants, go }));
  }

  /** Like `until`, but lets go when the life ends, so that what was under way can come to its end. */
  async turn(wants: (next: DurableEvent) => boolean): Promise<void> {
    await Promise.race([this.until(wants), this.#over.promise]);
  }

  /** A new life of the run begins. */
  begin(): void {
    this.#over = Promise.withResolvers();
    this.#waiting.clear();
  }

  /** The life ends here: nothing waits for its turn any longer. */
  end(): void {
    this.#over.resolve();
  }

  #turn(): void {
    const { next } = this;
    if (!next) return;
    for (const waiter of Array.from(this.#waiting)) {
      if (!waiter.wants(next)) continue;
      this.#waiting.delete(waiter);
      waiter.go(next);
    }
    this.#onTurn(next);
  }
}
