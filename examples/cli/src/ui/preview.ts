import { truncateToWidth, type Component } from '@earendil-works/pi-tui';
import type { ApprovalRequested } from '@capstan/sdk/contract';
import { glyphs } from '../render/glyphs.ts';
import { previewText } from '../run/approval-words.ts';
import { diffLines } from './diff-lines.ts';
import { hanging } from './hanging.ts';
import type { Theme } from './theme.ts';

export interface PreviewOptions {
  readonly theme: Theme;
  readonly unicode: boolean;
  /** Lines it may take. */
  readonly rows: number;
}

/** Shows what a call would do: its diff, side by side where the terminal is wide, or its command to the last byte. */
export class Preview implements Component {
  readonly #request: ApprovalRequested;
  readonly #options: PreviewOptions;

  constructor(request: ApprovalRequested, options: PreviewOptions) {
    this.#request = request;
    this.#options = options;
  }

  render(width: number): string[] {
    return this.#lines(width).map((line) => truncateToWidth(line, width));
  }

  invalidate(): void {}

  #lines(width: number): readonly string[] {
    const { theme, unicode, rows } = this.#options;
    const { preview } = this.#request;
    const { colour } = theme;
    if (preview.kind !== 'diff') {
      const words = previewText(this.#request, colour, rows).trimEnd().split('\n');
      return words.flatMap((line) => hanging(line, width));
    }
    const lines = diffLines(preview.diff, { width, colour, indent: '  ', bar: glyphs(unicode).bar });
    if (lines.length <= rows) return lines;
    return [...lines.slice(0, rows), colour.dim(`  … ${lines.length - rows} more lines (e opens all of it)`)];
  }
}
