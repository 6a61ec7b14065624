/** How a text file is written. `windows-1252` is Latin-1 with letters in the place of its second control block. */
export type TextEncoding = 'utf8' | 'utf16le' | 'utf16be' | 'latin1' | 'windows-1252';

/** A file's text, with what is needed to write it back in the same form. */
export interface DecodedText {
  /** Bytes that are not UTF-8 in a file that otherwise is stand here as lone surrogates, U+DC00 and the byte. */
  readonly text: string;
  readonly encoding: TextEncoding;
  /** Whether a byte-order mark stood in front; it is not part of the text. */
  readonly bom: boolean;
}

/**
 * Reads bytes as text so that `encodeText` gives the very same bytes back: UTF-8, UTF-16, else one byte a letter.
 *
 * @returns `undefined` when the bytes are no text.
 */
export function decodeText(bytes: Buffer): DecodedText | undefined {
  if (startsWith(bytes, [0xff, 0xfe])) return utf16(bytes.subarray(2), 'utf16le', true);
  if (startsWith(bytes, [0xfe, 0xff])) return utf16(bytes.subarray(2), 'utf16be', true);
  if (bytes.includes(0)) return unmarkedUtf16(bytes);
  const bom = startsWith(bytes, [0xef, 0xbb, 0xbf]);
  const body = bom ? bytes.subarray(3) : bytes;
  return utf8(body, bom) ?? singleBytes(body, bom);
}

/** Writes text in a given form. Gives `undefined` when the form cannot hold a character of it. */
export function encodeText({ text, encoding, bom }: DecodedText): Buffer | undefined {
  const marked = bom ? `\ufeff${text}` : text;
  switch (encoding) {
    case 'utf8':
      return encodeUtf8(marked);
    case 'utf16le':
      return Buffer.from(marked, 'utf16le');
    case 'utf16be':
      return Buffer.from(marked, 'utf16le').swap16();
    case 'latin1':
      return /^[\u0000-\u00ff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
    case 'windows-1252':
      return encodeWindows(text);
    default:
      return encoding satisfies never;
  }
}

/** A text that may be shown: bytes that are no letters become the replacement character. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
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

/** Not UTF-8 as a whole: UTF-8 with a few stray bytes, or one byte a letter, or no text. */
function singleBytes(bytes: Buffer, bom: boolean): DecodedText | undefined {
  const sample = bytes.subarray(0, 65_536);
  let strange = 0;
  for (const byte of sample) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) strange++;
  if (strange > sample.length / 100) return undefined;
  const mixed = withStrayBytes(bytes);
  if (bom || (mixed.letters > 0 && mixed.letters >= mixed.strays)) return { text: mixed.text, encoding: 'utf8', bom };
  if (bytes.some((byte) => byte >= 0x80 && byte <= 0x9f && windowsLetters[byte - 0x80] !== String.fromCharCode(byte))) {
    const text = bytes
      .toString('latin1')
      .replace(/[\u0080-\u009f]/g, (sign) => windowsLetters[sign.charCodeAt(0) - 0x80] ?? sign);
    return { text, encoding: 'windows-1252', bom };
  }
  return { text: bytes.toString('latin1'), encoding: 'latin1', bom };
}

/** Decodes UTF-8; a byte that is part of no letter becomes a lone surrogate that stands for it. */
function withStrayBytes(bytes: Buffer): { readonly text: string; readonly letters: number; readonly strays: number } {
  const parts: string[] = [];
  let letters = 0;
  let strays = 0;
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 1) letters++;
    if (length > 0) {
      at += length;
      continue;
    }
    parts.push(bytes.toString('utf8', from, at), String.fromCharCode(0xdc00 + (bytes[at] ?? 0)));
    strays++;
    from = ++at;
  }
  parts.push(bytes.toString('utf8', from));
  return { text: parts.join(''), letters, strays };
}

/** Bytes of the UTF-8 letter that starts at a place; 0 when none does. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) === 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  return utf8(bytes.subarray(at, at + length), false) ? length : 0;
}

function encodeUtf8(text: string): Buffer {
  if (!/[\udc80-\udcff]/u.test(text)) return Buffer.from(text, 'utf8');
  const parts = text.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    parts.map((part, index) => (index % 2 ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part, 'utf8'))),
  );
}

const windowsLetters = [
  ...new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index)),
];

function encodeWindows(text: string): Buffer | undefined {
  const codes = [...text].map((letter) => {
    const index = windowsLetters.indexOf(letter);
    return index === -1 ? (letter.codePointAt(0) ?? 0) : 0x80 + index;
  });
  return codes.every((code) => code <= 0xff) ? Buffer.from(codes) : undefined;
}

function utf16(bytes: Buffer, encoding: 'utf16le' | 'utf16be', bom: boolean): DecodedText | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const text = (encoding === 'utf16be' ? Buffer.from(bytes).swap16() : bytes).toString('utf16le');
  return text.includes('\0') ? undefined : { text, encoding, bom };
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
