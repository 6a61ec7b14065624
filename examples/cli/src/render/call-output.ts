import { plainText } from './plain-text.ts';

/**
 * Keeps the live output of one call readable: the first lines are shown as they come, the rest is counted, and the last
 * few are shown at the end.
 */
export class CallOutput {
  #open = '';
  #shown = 0;
  #hidden = 0;
  #tail: string[] = [];
  readonly #head: number;
  readonly #keep: number;

  constructor({ head = 12, tail = 6 }: { head?: number; tail?: number } = {}) {
    this.#head = head;
    this.#keep = tail;
  }

  /** Takes a piece and gives the lines to show now. */
  push(piece: string): string[] {
    const lines = (this.#open + piece).split('\n');
    this.#open = lines.pop() ?? '';
    return lines.flatMap((line) => this.#line(line));
  }

  /** Gives what is left to show: an unfinished line, how many were not shown, and the last of those. */
  end(): string[] {
    const last = this.#open === '' ? [] : this.#line(this.#open);
    this.#open = '';
    const gap = this.#hidden - this.#tail.length;
    const note = gap > 0 ? [`… ${gap} more lines`] : [];
    return [...last, ...note, ...this.#tail.splice(0)];
  }

  #line(raw: string): string[] {
    // A bar that redraws itself ends its states with carriage returns; the last state is what a person would see.
    const state = raw.replace(/\r+$/, '');
    const line = plainText(state.slice(state.lastIndexOf('\r') + 1));
    if (this.#shown < this.#head) {
      this.#shown += 1;
      return [line];
    }
    this.#hidden += 1;
    this.#tail.push(line);
    if (this.#tail.length > this.#keep) this.#tail.shift();
    return [];
  }
}
