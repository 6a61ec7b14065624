import { wrapTextWithAnsi, type Component } from '@earendil-works/pi-tui';
import { hanging } from './hanging.ts';

/** Shows lines of text; what is too long for the terminal is broken, set in like a row of a table or wrapped like prose. */
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
    return this.#lines.flatMap((line) => hanging(line, width));
  }

  invalidate(): void {}
}
