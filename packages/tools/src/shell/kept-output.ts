import { outputDecoder } from './decode-output.ts';
import { terminalText } from './terminal-text.ts';

/** Where the whole text goes once it outgrows memory. Must not throw. */
export interface Spill {
  write(text: string): void;
}

export interface KeptOutputOptions {
  /** Characters of the result; a third from the beginning, the rest from the end. */
  readonly maxChars: number;
  /** Gets nothing until the text outgrows `maxChars`, then all of it from the first character on. */
  readonly spill: Spill;
  /** Bytes of output after which the spill gets no more. */
  readonly maxSpillBytes: number;
}

/** The output of a command in little memory: its head and its tail, the rest in the spill. */
export interface KeptOutput {
  push(chunk: Buffer): void;
  end(): OutputText;
}

export interface OutputText {
  /** The whole text when nothing is left out. */
  readonly head: string;
  readonly tail: string;
  /** What lies between head and tail. */
  readonly omitted?: { readonly fromLine: number; readonly lines: number; readonly chars: number };
  /** The spill ends before the output does. */
  readonly spillCut: boolean;
}

/** Keeps the head and the tail of an output of any size. */
export function keepOutput({ maxChars, spill, maxSpillBytes }: KeptOutputOptions): KeptOutput {
  const headChars = Math.floor(maxChars / 3);
  const tailChars = maxChars - headChars;
  const decoder = outputDecoder();
  const terminal = terminalText();
  let whole = '';
  let spilled = false;
  let tail: string[] = [];
  let tailLength = 0;
  let totalChars = 0;
  let totalLines = 0;
  let bytes = 0;

  const add = (text: string): void => {
    if (text === '') return;
    totalChars += text.length;
    totalLines += countNewlines(text);
    if (!spilled) {
      whole += text;
      if (whole.length <= maxChars) return;
      spilled = true;
      spill.write(whole);
      tail = [whole.slice(headChars)];
      tailLength = whole.length - headChars;
      whole = whole.slice(0, headChars);
      return;
    }
    if (bytes <= maxSpillBytes) spill.write(text);
    tail.push(text);
    tailLength += text.length;
    while (tailLength - tail[0]!.length >= tailChars) tailLength -= tail.shift()!.length;
  };
  return {
    push(chunk) {
      bytes += chunk.length;
      add(terminal.push(decoder.push(chunk)));
    },
    end() {
      add(terminal.push(decoder.end()));
      add(terminal.end());
      if (!spilled) return { head: whole, tail: '', spillCut: false };
      const head = wholeLines(whole, 'start');
      const end = wholeLines(tail.join('').slice(-tailChars), 'end');
      const headLines = countNewlines(head);
      const lines = totalLines - headLines - countNewlines(end);
      const omitted = { fromLine: headLines + 1, lines, chars: Math.max(0, totalChars - head.length - end.length) };
      return { head, tail: end, omitted, spillCut: bytes > maxSpillBytes };
    },
  };
}

// Cut at a line end where one is near, so that no half line is read as a whole one.
function wholeLines(text: string, side: 'start' | 'end'): string {
  if (side === 'start') {
    const at = text.lastIndexOf('\n');
    return at > text.length / 2 ? text.slice(0, at + 1) : wellFormed(text);
  }
  const at = text.indexOf('\n');
  return at >= 0 && at < text.length / 2 ? text.slice(at + 1) : wellFormed(text);
}

function wellFormed(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
