import { truncateToWidth, wrapTextWithAnsi, type Component } from '@earendil-works/pi-tui';

/** Shows lines of text, each cut to the width of the terminal, or wrapped. */
export class Lines implements Component {
  #lines: readonly string[];
  readonly #wrap: boolean;

  constructor(lines: readonly string[] = [], { wrap = false }: { readonly wrap?: boolean } = {}) {
    this.#lines = lines;
    this.#wrap = wrap;
  }

  /** Replaces the lines; the next frame shows them. */
  set(lines: readonly string[]): void {
    this.#lines = lines;
  }

  render(width: number): string[] {
    if (this.#wrap) return this.#lines.flatMap((line) => wrapTextWithAnsi(line.replaceAll('\t', '    '), width));
    return this.#lines.map((line) => truncateToWidth(line.replaceAll('\t', '    '), width));
  }

  invalidate(): void {}
}
