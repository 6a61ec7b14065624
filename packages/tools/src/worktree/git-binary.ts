import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const lineBytes = 52;

/** The name git gives to a content: SHA-1 over its header and bytes, in hex. */
export function blobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Tells whether git would hold a content to be binary: a NUL among its first 8,000 bytes. */
export function isBinary(bytes: Buffer): boolean {
  return bytes.subarray(0, 8000).includes(0);
}

/** Prints one content as a `literal` section of a git binary patch, blank line included. */
export function printLiteral(bytes: Uint8Array): string {
  const packed = deflateSync(bytes);
  let text = `literal ${bytes.length}\n`;
  for (let start = 0; start < packed.length; start += lineBytes) {
    const line = packed.subarray(start, start + lineBytes);
    const length = line.length;
    text += String.fromCharCode(length <= 26 ? 64 + length : 70 + length) + base85(line) + '\n';
  }
  return text + '\n';
}

/** Reads the lines of a `literal` section. @throws {Error} when they are damaged. */
export function parseLiteral(size: number, lines: readonly string[]): Buffer {
  const bytes = inflateSync(Buffer.concat(lines.map(parseLine)), { maxOutputLength: Math.max(size, 1) });
  if (bytes.length !== size) throw new Error(`a binary section says ${size} bytes and holds ${bytes.length}`);
  return bytes;
}

function base85(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 4) {
    let word = 0;
    for (let index = 0; index < 4; index++) word = word * 256 + (bytes[start + index] ?? 0);
    let group = '';
    for (let index = 0; index < 5; index++) {
      group = (digits[word % 85] ?? '') + group;
      word = Math.floor(word / 85);
    }
    text += group;
  }
  return text;
}

function parseLine(line: string): Buffer {
  const code = line.charCodeAt(0);
  const length = code >= 97 ? code - 70 : code - 64;
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  if (length < 1 || length > lineBytes || line.length - 1 !== (bytes.length / 4) * 5) {
    throw new Error('a line of a binary section has the wrong length');
  }
  for (let group = 0; group < bytes.length / 4; group++) {
    let word = 0;
    for (const digit of line.slice(1 + group * 5, 6 + group * 5)) {
      const value = digits.indexOf(digit);
      if (value < 0) throw new Error('a line of a binary section holds a character that base 85 has not');
      word = word * 85 + value;
    }
    if (word > 0xffffffff) throw new Error('a line of a binary section is damaged');
    bytes.writeUInt32BE(word, group * 4);
  }
  return bytes.subarray(0, length);
}
