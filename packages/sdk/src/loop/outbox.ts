import type { DurableBody } from '../contract/event.ts';

/**
 * Carries durable events from concurrent work to the one generator of a run. `record` resolves once the event is
 * stored, so that work goes on only after what it said is kept.
 */
export class Outbox {
  readonly #queue: { readonly bodies: readonly DurableBody[]; readonly stored: () => void }[] = [];
  #wake: (() => void) | undefined;

  /** Hands events over, to be stored together; resolves when they are. */
  record(...bodies: readonly DurableBody[]): Promise<void> {
    return new Promise((stored) => {
      this.#queue.push({ bodies, stored });
      this.#wake?.();
    });
  }

  /** Yields what was recorded so far. */
  async *flush(): AsyncGenerator<readonly DurableBody[], void> {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      yield next.bodies;
      next.stored();
    }
  }

  /** Yields what concurrent work records until that work ends; gives its result. */
  async *during<T>(work: Promise<T>): AsyncGenerator<readonly DurableBody[], T> {
    let settled = false;
    const end = () => {
      settled = true;
      this.#wake?.();
    };
    work.then(end, end);
    for (;;) {
      yield* this.flush();
      if (settled) return work;
      await new Promise<void>((wake) => {
        this.#wake = wake;
        if (settled || this.#queue.length > 0) wake();
      });
      this.#wake = undefined;
    }
  }
}
