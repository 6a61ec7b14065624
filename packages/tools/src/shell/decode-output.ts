import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** Turns bytes as they arrive into text. */
export interface OutputDecoder {
  push(chunk: Uint8Array): string;
  /** Gives what an unfinished character at the end stands for. */
  end(): string;
}

const windows1252 = new TextDecoder('windows-1252');
const newline = 0x0a;

/**
 * Decodes the output of a program: UTF-8, with characters split between chunks put together; UTF-16 where it begins with
 * its mark; bytes that are not valid UTF-8 as Windows-1252, which has a meaning for every byte.
 */
export function outputDecoder(): OutputDecoder {
  let wide: TextDecoder | undefined;
  let first = true;
  let carry: Uint8Array = Buffer.alloc(0);
  return {
    push(chunk) {
      if (chunk.length === 0) return '';
      if (first) wide = wideDecoder(chunk);
      first = false;
      if (wide) return wide.decode(chunk, { stream: true });
      const bytes =
        carry.length > 0 ? Buffer.concat([carry, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      const whole = bytes.length - unfinishedLength(bytes);
      carry = Buffer.from(bytes.subarray(whole));
      return decodeLines(bytes.subarray(0, whole));
    },
    end() {
      if (wide) return wide.decode();
      const rest = windows1252.decode(carry);
      carry = Buffer.alloc(0);
      return rest;
    },
  };
}

function wideDecoder(chunk: Uint8Array): TextDecoder | undefined {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return new TextDecoder('utf-16le');
  if (chunk[0] === 0xfe && chunk[1] === 0xff) return new TextDecoder('utf-16be');
  return undefined;
}

function decodeLines(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let from = 0; from < bytes.length;) {
    const at = bytes.indexOf(newline, from);
    const to = at < 0 ? bytes.length : at + 1;
    const line = bytes.subarray(from, to);
    text += isUtf8(line) ? line.toString('utf8') : decodeMixed(line);
    from = to;
  }
  return text;
}

// One program may print a file of another encoding in the middle of its own words.
function decodeMixed(line: Buffer): string {
  let text = '';
  for (let at = 0; at < line.length;) {
    const length = characterLength(line, at);
    const bytes = line.subarray(at, at + Math.max(1, length));
    text += length > 0 ? bytes.toString('utf8') : windows1252.decode(bytes);
    at += bytes.length;
  }
  return text;
}

/** Bytes of the UTF-8 character at a place; 0 where there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const byte = bytes[at]!;
  if (byte < 0x80) return 1;
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** Counts the bytes at the end that begin a UTF-8 character whose rest has not come yet: 0 to 3. */
function unfinishedLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back && byte < 0xf5 ? back : 0;
  }
  return 0;
}
