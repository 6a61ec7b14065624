import { truncateToWidth, type Component } from '@earendil-works/pi-tui';
import type { ToolDecided } from '@capstan/sdk/contract';
import { duration } from '../render/amounts.ts';
import { callLabel } from '../render/call-label.ts';
import { glyphs, type Glyphs } from '../render/glyphs.ts';
import { plainText } from '../render/plain-text.ts';
import { diffLines } from './diff-lines.ts';
import type { Theme } from './theme.ts';

/** Lines of live output a card shows, the newest. */
const tail = 6;
/** Lines of a diff a card shows while it is folded. */
const foldedDiff = 40;

export interface CallCardOptions {
  readonly theme: Theme;
  readonly unicode: boolean;
}

/** Shows one tool call: what it is, what was decided, the end of its output, its patches and how it went. */
export class CallCard implements Component {
  readonly #theme: Theme;
  readonly #glyphs: Glyphs;
  readonly #label: string;
  readonly #verdict: string;
  readonly #output: string[] = [];
  readonly #diffs: { readonly head: string; readonly diff: string }[] = [];
  #laidOut:
    | { readonly width: number; readonly count: number; readonly lines: readonly (readonly string[])[] }
    | undefined;
  readonly #notes: string[] = [];
  #open = '';
  #end: { readonly ms: number; readonly failed: boolean } | undefined;
  /** Shows all that is kept instead of its end. */
  unfolded = false;

  constructor(call: Pick<ToolDecided, 'tool' | 'input'> & Partial<ToolDecided>, { theme, unicode }: CallCardOptions) {
    this.#theme = theme;
    this.#glyphs = glyphs(unicode);
    this.#label = callLabel(call.tool, call.input, 400);
    this.#verdict = verdictWords(call, theme);
  }

  /** Adds live output. */
  progress(text: string): void {
    const lines = (this.#open + text).split('\n');
    this.#open = lines.pop() ?? '';
    for (const line of lines)
      this.#output.push(plainText(line.slice(line.replace(/\r+$/, '').lastIndexOf('\r') + 1)).replaceAll('\t', '    '));
    if (this.#output.length > 2000) this.#output.splice(0, this.#output.length - 2000);
  }

  /** Adds a line under the call. */
  note(text: string): void {
    this.#notes.push(text);
  }

  /** Adds a patch with its diff. */
  patch(head: string, diff: string): void {
    this.#diffs.push({ head, diff });
  }

  /** Says that the call has ended. */
  ended(ms: number, failed: boolean): void {
    if (this.#open !== '') this.progress('\n');
    this.#end = { ms, failed };
  }

  render(width: number): string[] {
    const { colour } = this.#theme;
    const bar = colour.dim(`  ${this.#glyphs.bar} `);
    const shown = this.unfolded ? this.#output : this.#output.slice(-tail);
    const hidden = this.#output.length - shown.length;
    const lines = [
      `${colour.cyan(this.#glyphs.call)} ${colour.bold(this.#label)}  ${this.#verdict}`,
      ...(hidden > 0 ? [bar + colour.dim(`… ${hidden} lines above`)] : []),
      ...shown.map((line) => bar + colour.dim(line)),
      ...this.#notes.flatMap((note) => note.split('\n')).map((line) => bar + line),
      ...this.#diffsAt(width).flatMap((diff) => this.#folded(diff)),
      ...this.#endLine(),
    ];
    return lines.map((line) => truncateToWidth(line, width));
  }

  invalidate(): void {}

  /** Diffs are laid out once for a width, not once a frame. */
  #diffsAt(width: number): readonly (readonly string[])[] {
    const known = this.#laidOut;
    if (known?.width === width && known.count === this.#diffs.length) return known.lines;
    const { colour } = this.#theme;
    const lines = this.#diffs.map(({ head, diff }) => [
      `  ${head}`,
      ...diffLines(diff, { width, colour, indent: '    ', bar: this.#glyphs.bar }),
    ]);
    this.#laidOut = { width, count: this.#diffs.length, lines };
    return lines;
  }

  #folded(lines: readonly string[]): readonly string[] {
    if (this.unfolded || lines.length <= foldedDiff) return lines;
    return [
      ...lines.slice(0, foldedDiff),
      this.#theme.colour.dim(`    … ${lines.length - foldedDiff} more lines (Ctrl-O shows all)`),
    ];
  }

  #endLine(): string[] {
    if (!this.#end) return [];
    const { colour } = this.#theme;
    const time = duration(this.#end.ms);
    return [
      `  ${colour.dim(this.#glyphs.end)} ${this.#end.failed ? colour.red(`failed after ${time}`) : colour.dim(time)}`,
    ];
  }
}

function verdictWords({ verdict, rule, reason }: Partial<ToolDecided>, { colour }: Theme): string {
  if (verdict === 'deny') return colour.red(`denied by ${rule}: ${reason}`);
  if (verdict === 'ask') return colour.yellow(`asks first: ${rule}`);
  return rule === undefined ? '' : colour.dim(`allowed by ${rule}`);
}
