import type { AssistantMessage, AssistantPart } from '../contract/message.ts';
import type { UIChunk } from './ui-chunk.ts';

type Kind = 'text' | 'reasoning';

/** What a reader was shown of the reply under way, to tell whether it is what the log keeps of it. */
export class ShownStep {
  #text = '';
  #reasoning = '';
  #calls = new Set<string>();
  #open: { readonly kind: Kind; readonly id: string } | undefined;
  #made = 0;
  /** What stands in the step beside the reply, and would go with it. */
  readonly beside: UIChunk[] = [];

  get isEmpty(): boolean {
    return this.#text === '' && this.#reasoning === '' && this.#calls.size === 0;
  }

  begin(): void {
    this.#forget();
    this.beside.length = 0;
  }

  delta(kind: Kind, delta: string, seq: number): UIChunk[] {
    const chunks: UIChunk[] = [];
    if (this.#open?.kind !== kind) {
      chunks.push(...this.close());
      // Unique in the message, also in one that goes on after a pause.
      this.#open = { kind, id: `${seq}.${this.#made++}` };
      chunks.push({ type: `${kind}-start`, id: this.#open.id });
    }
    if (kind === 'text') this.#text += delta;
    else this.#reasoning += delta;
    return [...chunks, { type: `${kind}-delta`, id: this.#open.id, delta }];
  }

  call(callId: string, tool: string, json: string): UIChunk[] {
    const chunks = this.close();
    if (!this.#calls.has(callId)) {
      this.#calls.add(callId);
      chunks.push({ type: 'tool-input-start', toolCallId: callId, toolName: tool });
    }
    if (json !== '') chunks.push({ type: 'tool-input-delta', toolCallId: callId, inputTextDelta: json });
    return chunks;
  }

  /** Ends the piece of text that is being written. */
  close(): UIChunk[] {
    if (!this.#open) return [];
    const { kind, id } = this.#open;
    this.#open = undefined;
    return [{ type: `${kind}-end`, id }];
  }

  /** Takes back the reply so far: the model begins again. */
  takeBack(): UIChunk[] {
    const chunks: UIChunk[] = this.isEmpty ? [] : [{ type: 'reset-step' }, ...this.beside];
    this.#forget();
    return chunks;
  }

  /** Shows what of a whole message has not been shown yet; all of it anew if something else was. */
  settle(message: AssistantMessage, seq: number): UIChunk[] {
    if (this.#isSame(message)) return this.close();
    const chunks = this.takeBack();
    for (const part of message.parts) {
      if (part.type === 'call') chunks.push(...this.close());
      else if (part.text !== '') chunks.push(...this.delta(part.type, part.text, seq));
    }
    return [...chunks, ...this.close()];
  }

  #isSame({ parts }: AssistantMessage): boolean {
    const calls = new Set(parts.flatMap((part) => (part.type === 'call' ? [part.callId] : [])));
    return (
      this.#text === joined(parts, 'text') &&
      this.#reasoning === joined(parts, 'reasoning') &&
      [...this.#calls].every((callId) => calls.has(callId))
    );
  }

  #forget(): void {
    this.#open = undefined;
    this.#text = '';
    this.#reasoning = '';
    this.#calls = new Set();
  }
}

function joined(parts: readonly AssistantPart[], kind: Kind): string {
  return parts.map((part) => (part.type === kind ? part.text : '')).join('');
}
