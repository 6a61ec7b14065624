import type { Chunk, CodeSymbol } from '../parse/facts.ts';
import type { Reading } from '../parse/language.ts';
import { decodeLinks, decodeSymbols, type Links } from './facts-code.ts';
import { openParts } from './segment-layout.ts';
import { readingOfNumber } from './reading-number.ts';

/** Where a term stands: chunks ascending, each with how often, at most 255. */
export interface Postings {
  readonly chunks: Uint32Array;
  readonly counts: Uint8Array;
}

/**
 * An unchanging set of contents with their facts and an inverted index over their words. It is read in place: opening
 * one decodes nothing.
 */
export interface Segment {
  readonly packed: Buffer;
  readonly docs: number;
  readonly chunks: number;
  /** 32 hex digits. */
  keyOf(doc: number): string;
  readingOf(doc: number): Reading;
  linesOf(doc: number): number;
  brokenAt(doc: number): boolean;
  /** Words of a content, repeats counted. */
  lengthOf(doc: number): number;
  symbolsOf(doc: number): readonly CodeSymbol[];
  linksOf(doc: number): Links;
  /** Number of a content's first chunk; that of `docs` is the number of all chunks. */
  firstChunk(doc: number): number;
  docOfChunk(chunk: number): number;
  chunkAt(chunk: number): Chunk;
  chunkLength(chunk: number): number;
  postings(term: string): Postings | undefined;
  /** Terms that begin with a prefix, in order. */
  termsFrom(prefix: string): Iterable<string>;
  /** Terms in order with their postings. */
  entries(): Iterable<readonly [string, Postings]>;
}

/**
 * Opens a packed segment.
 *
 * @throws {CapstanError} `store_failed` when it is damaged or of another version.
 */
export function openSegment(packed: Buffer): Segment {
  const parts = openParts(packed);
  const [keys, numbers] = [parts.bytes('keys'), parts.numbers];
  const [reading, lines, broken, length] = [numbers('reading'), numbers('lines'), numbers('broken'), numbers('length')];
  const [chunkFrom, chunkLine, chunkEnd] = [numbers('chunkFrom'), numbers('chunkLine'), numbers('chunkEnd')];
  const chunkLength = numbers('chunkLength');
  const docs = reading.length;
  const symbols = textReader(parts.bytes('symbols'), numbers('symbolsAt'));
  const links = textReader(parts.bytes('links'), numbers('linksAt'));
  const docOfChunk = new Uint32Array(chunkLine.length);
  for (let doc = 0; doc < docs; doc++) docOfChunk.fill(doc, chunkFrom[doc] ?? 0, chunkFrom[doc + 1] ?? 0);
  return {
    packed,
    docs,
    chunks: chunkLine.length,
    keyOf: (doc) => keys.toString('hex', doc * 16, doc * 16 + 16),
    readingOf: (doc) => readingOfNumber(reading[doc] ?? 0),
    linesOf: (doc) => lines[doc] ?? 0,
    brokenAt: (doc) => broken[doc] === 1,
    lengthOf: (doc) => length[doc] ?? 0,
    symbolsOf: (doc) => decodeSymbols(symbols(doc)),
    linksOf: (doc) => decodeLinks(links(doc)),
    firstChunk: (doc) => chunkFrom[doc] ?? 0,
    docOfChunk: (chunk) => docOfChunk[chunk] ?? 0,
    chunkAt: (chunk) => ({ line: chunkLine[chunk] ?? 1, endLine: chunkEnd[chunk] ?? 1 }),
    chunkLength: (chunk) => chunkLength[chunk] ?? 0,
    ...termReader(parts.bytes('terms'), numbers('termsAt'), {
      from: numbers('postFrom'),
      chunks: numbers('postChunk'),
      counts: parts.bytes('postCount'),
    }),
  };
}

type TermReader = Pick<Segment, 'postings' | 'termsFrom' | 'entries'>;

interface PostingColumns {
  readonly from: Uint32Array;
  readonly chunks: Uint32Array;
  readonly counts: Uint8Array;
}

function termReader(bytes: Buffer, starts: Uint32Array, { from, chunks, counts }: PostingColumns): TermReader {
  const termAt = textReader(bytes, starts);
  const total = Math.max(0, starts.length - 1);
  /** First term that is not below the given one. */
  const place = (term: string): number => {
    let [low, high] = [0, total];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (termAt(middle) < term) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const at = (number: number): Postings => {
    const [start, end] = [from[number] ?? 0, from[number + 1] ?? 0];
    return { chunks: chunks.subarray(start, end), counts: counts.subarray(start, end) };
  };
  return {
    postings(term) {
      const number = place(term);
      return number < total && termAt(number) === term ? at(number) : undefined;
    },
    *termsFrom(prefix) {
      for (let number = place(prefix); number < total; number++) {
        const term = termAt(number);
        if (!term.startsWith(prefix)) return;
        yield term;
      }
    },
    *entries() {
      for (let number = 0; number < total; number++) yield [termAt(number), at(number)];
    },
  };
}

function textReader(bytes: Buffer, starts: Uint32Array): (at: number) => string {
  return (at) => bytes.toString('utf8', starts[at] ?? 0, starts[at + 1] ?? 0);
}
