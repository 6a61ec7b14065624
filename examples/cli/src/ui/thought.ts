import { truncateToWidth, wrapTextWithAnsi, type Component } from '@earendil-works/pi-tui';
import { duration } from '../render/amounts.ts';
import type { Colour } from '../render/colour.ts';

/** Longest part of thoughts that is kept to be unfolded, in characters. */
const most = 60_000;

/** Shows what a model thinks aloud: its newest words while it thinks, then one line that unfolds. */
export class Thought implements Component {
  readonly #colour: Colour;
  #text = '';
  #ms: number | undefined;
  /** Shows all of it. */
  unfolded = false;

  constructor(colour: Colour) {
    this.#colour = colour;
  }

  /** Adds thoughts. */
  push(text: string): void {
    this.#text = (this.#text + text).slice(-most);
  }

  /** Says that the thinking is over. @param ms How long it took, where it is known. */
  end(ms: number | undefined): void {
    this.#ms ??= ms ?? 0;
  }

  render(width: number): string[] {
    const { dim, italic } = this.#colour;
    if (this.unfolded) return wrapTextWithAnsi(this.#text.trim(), width).map((line) => dim(italic(line)));
    if (this.#ms === undefined) {
      const newest = this.#text
        .replace(/\s+/g, ' ')
        .trim()
        .slice(-Math.max(20, width - 12));
      return [truncateToWidth(dim(`thinking: ${newest}`), width)];
    }
    const time = this.#ms > 0 ? ` for ${duration(this.#ms)}` : '';
    return [truncateToWidth(dim(`thought${time} (Ctrl-O shows it)`), width)];
  }

  invalidate(): void {}
}
