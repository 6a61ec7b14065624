/** How a text file is written. */
export type TextEncoding = 'utf8' | 'utf16le' | 'utf16be' | 'latin1';

/** A file's text, with what is needed to write it back in the same form. */
export interface DecodedText {
  readonly text: string;
  readonly encoding: TextEncoding;
  /** Whether a byte-order mark stood in front; it is not part of the text. */
  readonly bom: boolean;
}

/**
 * Reads bytes as text: UTF-8, UTF-16 or else Latin-1, which keeps any byte.
 *
 * @returns `undefined` when the bytes are no text.
 */
export function decodeText(bytes: Buffer): DecodedText | undefined {
  if (startsWith(bytes, [0xef, 0xbb, 0xbf])) return utf8(bytes.subarray(3), true) ?? latin1(bytes);
  if (startsWith(bytes, [0xff, 0xfe])) return utf16(bytes.subarray(2), 'utf16le', true);
  if (startsWith(bytes, [0xfe, 0xff])) return utf16(bytes.subarray(2), 'utf16be', true);
  if (bytes.includes(0)) return unmarkedUtf16(bytes);
  return utf8(bytes, false) ?? latin1(bytes);
}

/** Writes text in a given form. Gives `undefined` when Latin-1 cannot hold a character of it. */
export function encodeText({ text, encoding, bom }: DecodedText): Buffer | undefined {
  if (encoding === 'utf8') return Buffer.from(bom ? `\ufeff${text}` : text, 'utf8');
  if (encoding === 'latin1') return /^[\u0000-\u00ff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
  const bytes = Buffer.from(bom ? `\ufeff${text}` : text, 'utf16le');
  return encoding === 'utf16be' ? bytes.swap16() : bytes;
}

function startsWith(bytes: Buffer, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: Buffer, bom: boolean): DecodedText | undefined {
  try {
    return { text: strictUtf8.decode(bytes), encoding: 'utf8', bom };
  } catch {
    return undefined;
  }
}

/** Latin-1 holds every byte; texts have few control characters, other files many. */
function latin1(bytes: Buffer): DecodedText | undefined {
  const sample = bytes.subarray(0, 65_536);
  let strange = 0;
  for (const byte of sample) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) strange++;
  if (strange > sample.length / 100) return undefined;
  return { text: bytes.toString('latin1'), encoding: 'latin1', bom: false };
}

function utf16(bytes: Buffer, encoding: 'utf16le' | 'utf16be', bom: boolean): DecodedText | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const text = (encoding === 'utf16be' ? Buffer.from(bytes).swap16() : bytes).toString('utf16le');
  return !/\p{Surrogate}/u.test(text) && !text.includes('\0') ? { text, encoding, bom } : undefined;
}

/** Without a mark, a text mostly of ASCII in UTF-16 has its zeros all in odd or all in even places. */
function unmarkedUtf16(bytes: Buffer): DecodedText | undefined {
  if (bytes.length % 2 !== 0 || bytes.length < 4) return undefined;
  const zeros = [0, 0];
  const sample = bytes.subarray(0, 4096);
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  const half = sample.length / 2;
  if (even === 0 && odd > half * 0.7) return utf16(bytes, 'utf16le', false);
  if (odd === 0 && even > half * 0.7) return utf16(bytes, 'utf16be', false);
  return undefined;
}
