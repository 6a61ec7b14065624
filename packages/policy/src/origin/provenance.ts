import { isAllowedLicence, permissiveLicences } from './licence.ts';

/** Text that came from outside. */
export interface OutsideText {
  /** A URL, a package with its version, or a repository with its commit. */
  readonly source: string;
  readonly text: string;
  /** SPDX expression; absent when it is not known. */
  readonly licence?: string;
}

/** A piece of a written text that was taken from outside word for word. */
export interface Copied {
  readonly source: string;
  readonly licence?: string;
  /** The licence lets it be used. */
  readonly allowed: boolean;
  /** Lines of the written text, from 1, first and last. */
  readonly lines: readonly [number, number];
  /** Words in a row that are the same. */
  readonly words: number;
}

/** Remembers text from outside and finds it again in what is written. */
export interface Provenance {
  add(outside: OutsideText): void;
  /** Finds every long piece of a text that was taken over; none of them may be written unless `allowed`. */
  check(text: string): readonly Copied[];
}

export interface ProvenanceOptions {
  /** SPDX ids of licences that are allowed. Default: MIT, Apache-2.0, BSD, ISC and freer ones. */
  readonly allowed?: readonly string[];
  /** Words and signs in a row that count as taken over. Default 60, some eight lines of code. */
  readonly minWords?: number;
  /** Words remembered at most; the oldest texts are forgotten first. Default 2,000,000. */
  readonly maxWords?: number;
}

interface Word {
  readonly text: string;
  readonly line: number;
}

interface Place {
  readonly outside: OutsideText;
  readonly words: readonly string[];
  readonly at: number;
}

const GRAM = 12;

/** Makes a memory of text from outside. White space, case and line breaks do not hide a copy. */
export function createProvenance(options: ProvenanceOptions = {}): Provenance {
  const { allowed = permissiveLicences, minWords = 60, maxWords = 2_000_000 } = options;
  const grams = new Map<string, Place[]>();
  const texts: { readonly words: readonly string[]; readonly keys: readonly string[] }[] = [];
  let held = 0;

  function forget(): void {
    const oldest = texts.shift();
    if (!oldest) return;
    held -= oldest.words.length;
    for (const key of oldest.keys) {
      const rest = grams.get(key)?.filter((place) => place.words !== oldest.words) ?? [];
      if (rest.length > 0) grams.set(key, rest);
      else grams.delete(key);
    }
  }

  return {
    add(outside) {
      const words = wordsOf(outside.text).map(({ text }) => text);
      const keys: string[] = [];
      // One gram in a dozen is enough: any copy that is long enough holds one of them whole.
      for (let at = 0; at + GRAM <= words.length; at += GRAM) {
        const key = words.slice(at, at + GRAM).join(' ');
        const places = grams.get(key) ?? [];
        if (places.length < 8) places.push({ outside, words, at });
        grams.set(key, places);
        keys.push(key);
      }
      texts.push({ words, keys });
      held += words.length;
      while (held > maxWords && texts.length > 1) forget();
    },
    check(text) {
      const words = wordsOf(text);
      const copies: Copied[] = [];
      for (let at = 0; at + GRAM <= words.length; at += 1) {
        const key = words
          .slice(at, at + GRAM)
          .map((word) => word.text)
          .join(' ');
        let longest = 0;
        for (const place of grams.get(key) ?? []) {
          const { from, count } = stretch(words, at, place);
          if (count < minWords) continue;
          longest = Math.max(longest, from + count - at);
          const { source, licence } = place.outside;
          const lines = [words[from]?.line ?? 1, words[from + count - 1]?.line ?? 1] as const;
          copies.push({
            source,
            ...(licence === undefined ? {} : { licence }),
            allowed: isAllowedLicence(licence, allowed),
            lines,
            words: count,
          });
        }
        if (longest > 0) at += longest - 1;
      }
      return copies;
    },
  };
}

/** How far a piece is the same before and after a place where it is known to be. */
function stretch(words: readonly Word[], at: number, place: Place): { readonly from: number; readonly count: number } {
  let before = 0;
  while (
    at - before > 0 &&
    place.at - before > 0 &&
    words[at - before - 1]?.text === place.words[place.at - before - 1]
  )
    before += 1;
  let count = GRAM;
  while (at + count < words.length && words[at + count]?.text === place.words[place.at + count]) count += 1;
  return { from: at - before, count: before + count };
}

function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  let line = 1;
  for (const [token] of text.matchAll(/\n|[\p{L}\p{N}_]+|[^\s]/gu)) {
    if (token === '\n') line += 1;
    else words.push({ text: token.toLowerCase(), line });
  }
  return words;
}
