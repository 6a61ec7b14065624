/** Words that nearly every file holds; they tell nothing. */
const stop = new Set(
  (
    'a an and are as at be by for from has have in into is it its of on or that the this to was when will with not ' +
    'const let var return if else function true false null undefined new def self none nil func'
  ).split(' '),
);

/**
 * Gives the words of an identifier or a word of text in lower case: its parts by case, digits and underscores, brought
 * to their stem, and the whole when it has several parts.
 */
export function wordsOf(identifier: string): readonly string[] {
  if (identifier.length > 80) return [];
  const parts = identifier.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+|\d+/gu) ?? [];
  const words = parts.map((part) => part.toLowerCase()).filter(tells);
  const found = words.map(stem);
  if (parts.length > 1) found.push(wholeOf(identifier));
  return found;
}

/** The form under which a whole identifier is kept: its letters and digits in lower case. */
export function wholeOf(identifier: string): string {
  return identifier.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

function tells(word: string): boolean {
  return word.length > 1 && !stop.has(word) && !/^\d{5,}$/.test(word);
}

/** Cuts English endings that change between a subject line and a name: plural, -ing, -ed. */
export function stem(word: string): string {
  if (word.length < 4) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (word.endsWith('ing') && word.length > 5) return bare(word.slice(0, -3));
  if (word.endsWith('ed') && word.length > 4 && !word.endsWith('eed')) return bare(word.slice(0, -2));
  if (/(s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.endsWith('s') && !word.endsWith('ss') && !word.endsWith('us') && !word.endsWith('is'))
    return bare(word.slice(0, -1));
  return bare(word);
}

/** `handle`, `handling` and `handled` meet without their last `e`; `running` and `run` without the doubled letter. */
function bare(word: string): string {
  if (word.length > 4 && word.endsWith('e')) return word.slice(0, -1);
  const last = word.at(-1);
  return word.length > 3 && last === word.at(-2) && !/[lsz]/.test(last ?? '') ? word.slice(0, -1) : word;
}

/** Is told of each identifier or word of a text: where it stands, two hashes of its characters, its line from 1. */
export type IdentifierSeen = (start: number, end: number, hashes: { one: number; other: number; line: number }) => void;

/** Calls back with each identifier or word of a text that is longer than one character. */
export function eachIdentifier(text: string, found: IdentifierSeen): void {
  const seen = { one: 0, other: 0, line: 1 };
  let start = -1;
  let [one, other] = [0, 0];
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 10;
    if (code < 128 ? wordCodes[code] === 1 : isLetter(code)) {
      if (start < 0) {
        start = at;
        [one, other] = [0x811c9dc5, 0x9747b28c];
      }
      one = Math.imul(one ^ code, 0x01000193);
      other = Math.imul(other ^ code, 0x5bd1e995) + 0x7ed55d16;
      continue;
    }
    if (start >= 0) {
      if (at - start > 1) {
        seen.one = one >>> 0;
        seen.other = other >>> 0;
        found(start, at, seen);
      }
      start = -1;
    }
    if (code === 10) seen.line += 1;
  }
}

/** Which of the first 128 characters belong to identifiers. */
const wordCodes = Uint8Array.from({ length: 128 }, (_, code) => (/[\w$]/.test(String.fromCharCode(code)) ? 1 : 0));

function isLetter(code: number): boolean {
  return /[\p{L}\p{N}]/u.test(String.fromCharCode(code));
}

/** Gives the words of a text in order, with repeats. */
export function wordsOfText(text: string): string[] {
  const words: string[] = [];
  eachIdentifier(text, (start, end) => words.push(...wordsOf(text.slice(start, end))));
  return words;
}
