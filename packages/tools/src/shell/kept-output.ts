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
  /** What lies between head and tail; lines are not counted beyond the spill. */
  readonly omitted?: { readonly fromLine: number; readonly lines?: number; readonly bytes: number };
  /** The spill ends before the output does. */
  readonly spillCut: boolean;
}

/** Keeps the head and the tail of an output of any size, as plain text. */
export function keepOutput({ maxChars, spill, maxSpillBytes }: KeptOutputOptions): KeptOutput {
  const text = keepText(maxChars, spill);
  const decoder = outputDecoder();
  const terminal = terminalText();
  // Four bytes are the most that a character takes; the rest is room for what is not text.
  const flood = lastBytes(8 * maxChars);
  const sample = binarySample();
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      sample.push(chunk);
      // What neither the model nor the file will hold is not worth the time to read it.
      if (bytes > maxSpillBytes) flood.push(chunk);
      else text.add(terminal.push(decoder.push(chunk)));
    },
    end() {
      if (sample.isBinary())
        return { head: `(${bytes} bytes that are no text, not shown)\n`, tail: '', spillCut: false };
      text.add(terminal.push(decoder.end()));
      text.add(terminal.end());
      const spillCut = bytes > maxSpillBytes;
      return { ...(spillCut ? text.endWith(plainText(flood.bytes()), bytes) : text.end(bytes)), spillCut };
    },
  };
}

const sampleBytes = 32_768;

// Control characters other than NUL, which separates names, and those that terminals know: programs and pictures are
// full of them, text in any encoding is not.
function binarySample() {
  let seen = 0;
  let odd = 0;
  return {
    push(chunk: Buffer): void {
      if (seen >= sampleBytes) return;
      for (const byte of chunk.subarray(0, sampleBytes - seen)) {
        if (byte < 0x20 && byte !== 0 && !(byte >= 0x07 && byte <= 0x0d) && byte !== 0x1b) odd += 1;
      }
      seen += Math.min(chunk.length, sampleBytes - seen);
    },
    isBinary: () => seen >= 64 && odd > seen * 0.03,
  };
}

function keepText(maxChars: number, spill: Spill) {
  const headChars = Math.floor(maxChars / 3);
  const tailChars = maxChars - headChars;
  const tail = lastChars(tailChars);
  let head = '';
  let spilled = false;
  let lines = 0;
  return {
    add(text: string): void {
      if (text === '') return;
      lines += countNewlines(text);
      if (spilled) {
        spill.write(text);
        return tail.push(text);
      }
      head += text;
      if (head.length <= maxChars) return;
      spilled = true;
      spill.write(head);
      tail.push(head.slice(headChars));
      head = head.slice(0, headChars);
    },
    end(bytes: number) {
      if (!spilled) return { head, tail: '' };
      const shown = { head: wholeLines(head, 'start'), tail: wholeLines(tail.text(), 'end') };
      const before = countNewlines(shown.head);
      const omitted = {
        fromLine: before + 1,
        lines: lines - before - countNewlines(shown.tail),
        bytes: bytesLeft(bytes, shown),
      };
      return { ...shown, omitted };
    },
    endWith(last: string, bytes: number) {
      const shown = { head: wholeLines(head, 'start'), tail: wholeLines(last.slice(-tailChars), 'end') };
      return { ...shown, omitted: { fromLine: countNewlines(shown.head) + 1, bytes: bytesLeft(bytes, shown) } };
    },
  };
}

function bytesLeft(bytes: number, { head, tail }: { head: string; tail: string }): number {
  return Math.max(0, bytes - Buffer.byteLength(head) - Buffer.byteLength(tail));
}

function lastChars(max: number) {
  const pieces: string[] = [];
  let length = 0;
  return {
    push(text: string): void {
      pieces.push(text);
      length += text.length;
      while (length - pieces[0]!.length >= max) length -= pieces.shift()!.length;
    },
    text: () => pieces.join('').slice(-max),
  };
}

function lastBytes(max: number) {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    push(chunk: Buffer): void {
      chunks.push(chunk);
      length += chunk.length;
      while (length - chunks[0]!.length >= max) length -= chunks.shift()!.length;
    },
    bytes: () => Buffer.concat(chunks).subarray(-max),
  };
}

function plainText(bytes: Buffer): string {
  const decoder = outputDecoder();
  const terminal = terminalText();
  return terminal.push(decoder.push(bytes)) + terminal.push(decoder.end()) + terminal.end();
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
