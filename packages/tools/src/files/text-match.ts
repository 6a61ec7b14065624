import { loosen } from './loose-text.ts';
import type { Leniency, LooseText } from './loose-text.ts';

/** How a text was found; each tier is looser than the one before. */
export type Tier = 'exact' | 'line endings' | 'indentation' | 'look-alikes' | 'fuzzy';

/** A place in a text where what was looked for stands, perhaps written otherwise. */
export interface TextMatch {
  readonly tier: Tier;
  readonly start: number;
  readonly end: number;
  /** Where the original of the part of `old` from an index on starts; its indentation included at the start of a line. */
  readonly startOf: (index: number, atLineStart?: boolean) => number;
  /** Where the original of the part of `old` before an index ends. */
  readonly endOf: (index: number) => number;
  /** Turns an indentation as `old` has it into one as the file has it; `undefined` when that cannot be. */
  readonly reindent?: (indent: string) => string | undefined;
  /** Tells whether the character of `old` at an index has no equal in the file. */
  readonly isLoose?: (index: number) => boolean;
}

/** Finds every place where `old` stands literally, overlapping ones included. */
export function findExact(text: string, old: string): TextMatch[] {
  const found: TextMatch[] = [];
  for (let at = text.indexOf(old); at !== -1; at = text.indexOf(old, at + 1)) {
    const start = at;
    const place = (index: number) => start + index;
    const lead = leadBefore(text, start);
    const shifted = lead !== '' && /^[^\S\r\n]/.test(old);
    const match: TextMatch = { tier: 'exact', start, end: start + old.length, startOf: place, endOf: place };
    found.push(shifted ? { ...match, reindent: (indent) => lead + indent } : match);
  }
  return found;
}

/** Blanks before a place when nothing else stands before it on its line. */
function leadBefore(text: string, start: number): string {
  const lineStart = Math.max(text.lastIndexOf('\n', start - 1), text.lastIndexOf('\r', start - 1)) + 1;
  const lead = start === 0 ? '' : text.slice(lineStart, start);
  return /^\s*$/.test(lead) ? lead : '';
}

/** Finds every place where `old` stands in a plainer form. */
export function findLoose(text: string, old: string, leniency: Leniency): TextMatch[] {
  const wanted = loosen(old, leniency);
  const whole = loosen(text, leniency);
  if (wanted.text.trim() === '') return [];
  const cutBlanks = /[^\S\r\n]$/.test(old);
  const tier: Tier = leniency === 'endings' ? 'line endings' : 'look-alikes';
  const found: TextMatch[] = [];
  for (let at = whole.text.indexOf(wanted.text); at !== -1; at = whole.text.indexOf(wanted.text, at + 1)) {
    const after = whole.text[at + wanted.text.length];
    if (cutBlanks && after !== undefined && after !== '\n') continue;
    found.push(looseMatch(tier, { whole, wanted, at, length: old.length }));
  }
  return found;
}

interface LoosePlace {
  readonly whole: LooseText;
  readonly wanted: LooseText;
  /** Index of the match in the plain form of the whole. */
  readonly at: number;
  /** Length of what was looked for, as it was given. */
  readonly length: number;
}

function looseMatch(tier: Tier, { whole, wanted, at, length }: LoosePlace): TextMatch {
  const count = wanted.text.length;
  const plainIndex = new Int32Array(length + 1).fill(count);
  for (let index = count - 1; index >= 0; index--) {
    plainIndex.fill(index, wanted.starts[index] ?? 0, wanted.ends[index] ?? 0);
  }
  // Blanks at the very end of what was looked for have no plain form.
  plainIndex[length] = count;
  const startOf = (index: number) => whole.starts[at + (plainIndex[index] ?? count)] ?? 0;
  const endOf = (index: number) => {
    const plain = index === 0 ? 0 : (plainIndex[index - 1] ?? count) + 1;
    return plain === 0 ? startOf(0) : (whole.ends[at + Math.min(plain, count) - 1] ?? 0);
  };
  // A first character that carries the blanks before a line ending must not take them along.
  const start = wanted.text[0] === '\n' ? (whole.ends[at - 1] ?? 0) : startOf(0);
  return { tier, start, end: endOf(length), startOf, endOf };
}
