import { truncateToWidth, type Component } from '@earendil-works/pi-tui';
import { duration } from '../render/amounts.ts';
import type { Frames } from './frames.ts';
import type { Theme } from './theme.ts';

const signs = { drawn: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'], plain: ['-', '\\', '|', '/'] };
const turnMs = 120;

/** Says that something is under way, and for how long. It asks for frames together with whatever streams. */
export class WorkingLine implements Component {
  readonly #theme: Theme;
  readonly #signs: readonly string[];
  readonly #began: number;
  readonly #timer: NodeJS.Timeout;

  constructor(theme: Theme, { unicode, frames }: { readonly unicode: boolean; readonly frames: Frames }) {
    this.#theme = theme;
    this.#signs = unicode ? signs.drawn : signs.plain;
    this.#began = performance.now();
    this.#timer = setInterval(() => frames.soon(), turnMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  render(width: number): string[] {
    const { colour } = this.#theme;
    const ms = performance.now() - this.#began;
    const sign = this.#signs[Math.floor(ms / turnMs) % this.#signs.length] ?? '';
    const since = ms < 1000 ? '' : ` ${duration(Math.floor(ms / 1000) * 1000).replace('.0 s', ' s')}`;
    return ['', truncateToWidth(` ${colour.cyan(sign)} ${colour.dim(`working${since}`)}`, width)];
  }

  invalidate(): void {}
}
