import { addUsage, noUsage } from '../budget/usage.ts';
import { toUsd } from '../budget/micros.ts';
import { boundMessage, boundRequest, estimateRequest } from '../budget/estimate.ts';
import type { Message } from '../contract/message.ts';
import type { ModelRequest } from '../contract/model.ts';
import type { Usage } from '../contract/usage.ts';

/**
 * Adds up what the model calls of a run used, and bounds the next prompt by what the last one was counted as: only
 * messages that the vendor never counted are bounded by their bytes.
 */
export class Tally {
  usage: Usage = noUsage;
  /** Undefined once a call's price was unknown. */
  micros: number | undefined = 0;
  #counted: { readonly messages: number; readonly tokens: number } | undefined;

  add(usage: Usage, micros: number | undefined): void {
    this.usage = addUsage(this.usage, usage);
    this.micros = micros === undefined || this.micros === undefined ? undefined : this.micros + micros;
  }

  /** Starts a sub-total; give it to `since`. */
  mark(): { readonly usage: Usage; readonly micros: number | undefined } {
    const mark = { usage: this.usage, micros: this.micros };
    this.usage = noUsage;
    this.micros = 0;
    return mark;
  }

  /** Closes a sub-total: gives what came since the mark and adds it to what was before. */
  since(mark: { readonly usage: Usage; readonly micros: number | undefined }): {
    usage: Usage;
    costUsd: number | undefined;
  } {
    const { usage, micros } = this;
    this.usage = mark.usage;
    this.micros = mark.micros;
    this.add(usage, micros);
    return { usage, costUsd: micros === undefined ? undefined : toUsd(micros) };
  }

  /** Remembers what the vendor counted for a request of this many messages. */
  counted(request: ModelRequest, usage: Usage): void {
    if (usage.estimated || usage.inputTokens === 0) return;
    this.#counted = { messages: request.messages.length, tokens: usage.inputTokens };
  }

  /** Bounds the prompt tokens of a request from above. */
  bound(request: ModelRequest): number {
    if (!this.#counted || this.#counted.messages > request.messages.length) return boundRequest(request);
    const fresh = request.messages.slice(this.#counted.messages);
    return this.#counted.tokens + fresh.reduce((sum: number, message: Message) => sum + boundMessage(message), 0);
  }

  /** Estimates the prompt tokens of a request, on top of what the vendor counted last. */
  estimate(request: ModelRequest): number {
    const counted = this.#counted;
    if (!counted || counted.messages > request.messages.length) return estimateRequest(request);
    return counted.tokens + estimateRequest({ messages: request.messages.slice(counted.messages), tools: [] });
  }

  /** Forgets the vendor's count: the messages it spoke of have changed. */
  forget(): void {
    this.#counted = undefined;
  }
}
