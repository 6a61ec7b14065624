import type { TUI } from '@earendil-works/pi-tui';

/** Fifteen frames a second are as much as anybody reads, whatever comes in between. */
const frameMs = 66;

/** Asks for frames: at once for what matters, in bunches for what streams. */
export class Frames {
  readonly #tui: TUI;
  #timer: NodeJS.Timeout | undefined;

  constructor(tui: TUI) {
    this.#tui = tui;
  }

  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tui.requestRender();
  }

  soon(): void {
    this.#timer ??= setTimeout(() => this.now(), frameMs);
  }

  /** Draws all of it anew, after something that changes how it looks. */
  anew(): void {
    this.#tui.invalidate();
    this.#tui.requestRender(true);
  }
}
