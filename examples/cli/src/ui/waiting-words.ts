import type { RunEvent } from '@capstan/sdk/contract';

/** Follows the words that wait for a turn to end, by the events that tell of them. */
export class WaitingWords {
  readonly #waiting = new Map<number, string>();

  /** Takes what an event says. */
  push(event: RunEvent): void {
    if (event.type === 'message.queued' && event.after === 'run') this.#waiting.set(event.id, event.text);
    if (event.type === 'message.added' && event.queued !== undefined) this.#waiting.delete(event.queued);
    if (event.type === 'run.ended') this.#waiting.clear();
  }

  /** What waits, the oldest first. */
  get all(): readonly string[] {
    return [...this.#waiting.values()];
  }
}
