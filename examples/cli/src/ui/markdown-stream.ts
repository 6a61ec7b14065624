import { Container, Markdown } from '@earendil-works/pi-tui';
import { Lines } from './lines.ts';
import type { Theme } from './theme.ts';

/**
 * Shows Markdown as it streams in. A part that is finished is laid out once and kept, so a long answer costs no more at
 * its end than at its beginning.
 */
export class MarkdownStream extends Container {
  readonly #theme: Theme;
  #open = '';
  #pending = '';
  #part: Markdown | undefined;

  constructor(theme: Theme) {
    super();
    this.#theme = theme;
  }

  /** Adds a piece of text; it is laid out with the next frame. */
  push(text: string): void {
    this.#pending += text;
  }

  override render(width: number): string[] {
    if (this.#pending !== '') this.#take();
    return super.render(width);
  }

  #take(): void {
    this.#open += this.#pending;
    this.#pending = '';
    for (let end = partEnd(this.#open); end !== -1; end = partEnd(this.#open)) {
      this.#show(this.#open.slice(0, end));
      this.#part = undefined;
      this.addChild(new Lines(['']));
      this.#open = this.#open.slice(end).replace(/^\n+/, '');
    }
    if (this.#open.trim() !== '') this.#show(this.#open);
  }

  #show(text: string): void {
    if (!this.#part) {
      this.#part = new Markdown('', 0, 0, this.#theme.markdown);
      this.addChild(this.#part);
    }
    this.#part.setText(text.trimEnd());
  }
}

/**
 * Finds where a part of Markdown is certainly finished: at a blank line outside fences whose next line begins a block of
 * its own. Lists stay together, or their numbers would begin again.
 *
 * @returns The place after the part, or -1.
 */
export function partEnd(text: string): number {
  let fence = '';
  let at = 0;
  for (const line of text.split('\n')) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
    if (fence === '' && mark !== '') fence = mark;
    else if (fence !== '' && mark.startsWith(fence) && line.trim() === mark) fence = '';
    const next = text.slice(at + line.length + 1);
    if (fence === '' && line === '' && at > 0 && /^(?:#|\p{L}|`{3}|\*\*)/u.test(next) && next.includes('\n')) return at;
    at += line.length + 1;
  }
  return -1;
}
