/**
 * A text in a plainer form, with the place each of its characters comes from.
 *
 * Two texts that people hold to be the same have the same plain form.
 */
export interface LooseText {
  readonly text: string;
  /** Where the original of each character starts; one more entry than characters. */
  readonly starts: Int32Array;
  /** Where it ends. */
  readonly ends: Int32Array;
}

/** What is held to be the same: line endings and blanks before them, or Unicode look-alikes as well. */
export type Leniency = 'endings' | 'look-alikes';

const pieces = /\p{M}+|[^\S\r\n]+(?=\r|\n|$)|\r\n|[\s\S]\p{M}*/gu;

/** Brings a text into its plain form. Blanks before a line ending belong to the ending. */
export function loosen(text: string, leniency: Leniency): LooseText {
  const bareReturns = !text.includes('\n');
  const starts: number[] = [];
  const ends: number[] = [];
  let plain = '';
  let blanksFrom = -1;
  for (const match of text.matchAll(pieces)) {
    const piece = match[0];
    const from = match.index;
    if (isTrailingBlank(text, piece, from)) {
      blanksFrom = from;
      continue;
    }
    const simple = simplify(piece, { bareReturns, leniency });
    const start = blanksFrom >= 0 ? blanksFrom : from;
    blanksFrom = -1;
    for (let index = 0; index < simple.length; index++) {
      starts.push(start);
      ends.push(from + piece.length);
    }
    plain += simple;
  }
  starts.push(blanksFrom >= 0 ? blanksFrom : text.length);
  ends.push(text.length);
  return { text: plain, starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
}

function isTrailingBlank(text: string, piece: string, from: number): boolean {
  if (!/^[^\S\r\n]+$/.test(piece)) return false;
  const next = text[from + piece.length];
  return next === undefined || next === '\n' || next === '\r';
}

function simplify(piece: string, { bareReturns, leniency }: { bareReturns: boolean; leniency: Leniency }): string {
  if (piece === '\r\n' || (piece === '\r' && bareReturns)) return '\n';
  return leniency === 'endings' ? piece : plainLetter(piece);
}

/** Brings one line into the form in which look-alikes are the same. */
export function plainLine(line: string): string {
  return [...line.matchAll(/[\s\S]\p{M}*/gu)].map(([piece]) => plainLetter(piece)).join('');
}

function plainLetter(piece: string): string {
  if (piece.length === 1 && piece.charCodeAt(0) < 0x80) return piece;
  const known = lookAlikes.get(piece);
  if (known !== undefined) return known;
  return piece >= '\udc80' && piece <= '\udcff' ? '\ufffd' : piece.normalize('NFC');
}

const lookAlikes = new Map<string, string>();
for (const [plain, others] of [
  ["'", '\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc\uff07'],
  ['"', '\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02'],
  ['-', '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d'],
  [' ', '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000'],
  ['...', '\u2026'],
  ['', '\u200b\u200c\u200d\u2060\ufeff\u00ad'],
] as const) {
  for (const other of others) lookAlikes.set(other, plain);
}
