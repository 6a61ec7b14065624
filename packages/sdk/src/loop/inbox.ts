import { CapstanError } from '../contract/errors.ts';
import type { MessageQueued } from '../contract/event.ts';
import type { Outbox } from './outbox.ts';

/** Words of a user that wait for their place in the conversation. */
export type Waiting = Pick<MessageQueued, 'id' | 'text' | 'after'>;

/**
 * Takes a user's words while a run is under way and gives them to the loop where they belong: before the next model call,
 * or when the work at hand is done. They are in the log before they join the conversation.
 */
export class Inbox {
  readonly #outbox: Outbox;
  /** Came before the run had begun. */
  #early: Omit<Waiting, 'id'>[] | undefined = [];
  #waiting: Waiting[] = [];
  #lastId = 0;
  #closed = false;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Takes up what an earlier life of the run left waiting. */
  begin(waiting: readonly Waiting[], lastId: number): void {
    this.#waiting = [...waiting];
    this.#lastId = lastId;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const { text, after } of early) this.add(text, after);
  }

  /** @throws {CapstanError} `conflict` once the run takes no more words. */
  add(text: string, after: Waiting['after']): void {
    if (this.#closed) throw new CapstanError('conflict', 'This run has ended. Continue its session with agent.run.');
    if (this.#early) return void this.#early.push({ text, after });
    const waiting = { id: ++this.#lastId, text, after };
    this.#waiting.push(waiting);
    void this.#outbox.record({ type: 'message.queued', ...waiting });
  }

  /** The next words for a place, if there are any. */
  take(after: Waiting['after']): Waiting | undefined {
    const found = this.#waiting.find((each) => each.after === after);
    if (found) this.#waiting = this.#waiting.filter((each) => each !== found);
    return found;
  }

  /** Whether words wait for the next model call. */
  get urgent(): boolean {
    return this.#waiting.some((each) => each.after === 'calls');
  }

  /** From now on nothing can be taken in any more. */
  close(): void {
    this.#closed = true;
  }
}
