import type { DurableBody, ToolEnded } from '../contract/event.ts';
import type { ToolMessage } from '../contract/message.ts';
import type { LoopContext } from './context.ts';
import { maskResult, masksOf } from './mask.ts';

/** Adds the results of a turn to the conversation in the order of the calls, as soon as that order allows. */
export class ResultsInOrder {
  readonly #context: LoopContext;
  readonly #waiting: string[];
  readonly #done = new Map<string, ToolMessage>();

  constructor(context: LoopContext, callIds: readonly string[]) {
    this.#context = context;
    this.#waiting = [...callIds];
  }

  /**
   * Takes one call's result; stores it, and every result whose turn has come, before it resolves.
   *
   * @param ended The end of the tool's work; keeps the result itself while an earlier call is still open.
   */
  async add(message: ToolMessage, ended?: Omit<ToolEnded, 'result'>): Promise<void> {
    const held = this.#waiting[0] !== message.callId;
    this.#done.set(message.callId, maskResult(masksOf(this.#context.hooks), message));
    const bodies: DurableBody[] = ended ? [held ? { ...ended, result: message.parts } : ended] : [];
    for (let first = this.#first(); first; first = this.#first()) {
      this.#waiting.shift();
      this.#context.messages.push(first);
      bodies.push({ type: 'message.added', message: first });
    }
    if (bodies.length > 0) await this.#context.outbox.record(...bodies);
  }

  #first(): ToolMessage | undefined {
    return this.#waiting[0] === undefined ? undefined : this.#done.get(this.#waiting[0]);
  }
}
