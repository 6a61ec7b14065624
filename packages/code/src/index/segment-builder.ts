import type { CodeSymbol, FileFacts } from '../parse/facts.ts';
import { readSource } from '../parse/read-source.ts';
import type { Reading } from '../parse/language.ts';
import { eachIdentifier, wordsOf } from '../parse/words.ts';
import { encodeLinks, encodeSymbols } from './facts-code.ts';
import { growingNumbers, type GrowingNumbers } from './growing-numbers.ts';
import { identifierTable, type IdentifierTable } from './identifier-table.ts';
import { readingNumber } from './reading-number.ts';
import type { Segment } from './segment.ts';
import { packParts } from './segment-layout.ts';

/** Marks terms that are words of the names a file declares. */
export const namePrefix = ':';
/** Marks terms that are whole names a file declares, as they are written. */
export const exactPrefix = '=';

const maxCount = 255;

/** A content to put into a segment. */
export interface Content {
  /** 32 hex digits. */
  readonly key: string;
  /** Only its name counts. */
  readonly path: string;
  readonly reading: Reading;
  readonly text: string;
}

/** Collects contents into one segment. */
export interface SegmentBuilder {
  has(key: string): boolean;
  add(content: Content): void;
  /** Takes over those contents of a segment that are wanted. */
  copy(segment: Segment, wanted: (doc: number) => boolean): void;
  /** Packs what was added; the builder is spent then. */
  finish(): Buffer;
}

/** Makes a builder. It keeps the words of what is added, not the texts. */
export function segmentBuilder(): SegmentBuilder {
  const terms = termTable();
  const docs = docTable();
  return {
    has: (key) => docs.keys.has(key),
    add({ key, path, reading, text }) {
      if (docs.keys.has(key)) return;
      docs.keys.add(key);
      const facts = readSource(path, text, reading);
      addFacts(docs, facts);
      countTerms(text, facts, { terms, docs });
    },
    copy: (segment, wanted) => copyDocs(segment, wanted, { terms, docs }),
    finish: () => packParts({ ...docs.parts(), ...terms.parts() }),
  };
}

interface DocTable {
  readonly keys: Set<string>;
  readonly texts: { readonly symbols: string[]; readonly links: string[] };
  readonly columns: Readonly<Record<'reading' | 'lines' | 'broken' | 'length' | 'chunkFrom', GrowingNumbers>>;
  readonly chunks: Readonly<Record<'line' | 'endLine' | 'length', GrowingNumbers>>;
  parts(): Record<string, Uint8Array | Uint32Array>;
}

function docTable(): DocTable {
  const keys = new Set<string>();
  const texts = { symbols: [] as string[], links: [] as string[] };
  const columns = {
    reading: growingNumbers(),
    lines: growingNumbers(),
    broken: growingNumbers(),
    length: growingNumbers(),
    chunkFrom: growingNumbers(),
  };
  const chunks = { line: growingNumbers(), endLine: growingNumbers(), length: growingNumbers() };
  const parts = () => {
    columns.chunkFrom.push(chunks.line.length);
    const [symbols, symbolsAt] = packTexts(texts.symbols);
    const [links, linksAt] = packTexts(texts.links);
    return {
      keys: Buffer.from([...keys].join(''), 'hex'),
      reading: columns.reading.toArray(),
      lines: columns.lines.toArray(),
      broken: columns.broken.toArray(),
      length: columns.length.toArray(),
      chunkFrom: columns.chunkFrom.toArray(),
      chunkLine: chunks.line.toArray(),
      chunkEnd: chunks.endLine.toArray(),
      chunkLength: chunks.length.toArray(),
      symbols,
      symbolsAt,
      links,
      linksAt,
    };
  };
  return { keys, texts, columns, chunks, parts };
}

function addFacts({ texts, columns, chunks }: DocTable, facts: FileFacts): void {
  texts.symbols.push(encodeSymbols(facts.symbols));
  texts.links.push(encodeLinks(facts));
  columns.reading.push(readingNumber(facts.reading));
  columns.lines.push(facts.lines);
  columns.broken.push(facts.broken ? 1 : 0);
  columns.chunkFrom.push(chunks.line.length);
  for (const { line, endLine } of facts.chunks) {
    chunks.line.push(line);
    chunks.endLine.push(endLine);
  }
}

/** Puts texts one behind the other; the second part says where each begins, with one more for the end. */
export function packTexts(texts: readonly string[]): readonly [Buffer, Uint32Array] {
  const packed = texts.map((text) => Buffer.from(text));
  const starts = new Uint32Array(texts.length + 1);
  for (const [at, one] of packed.entries()) starts[at + 1] = (starts[at] ?? 0) + one.length;
  return [Buffer.concat(packed), starts];
}

interface TermTable {
  /** Numbers of the words of identifiers. */
  readonly identifiers: IdentifierTable;
  idOf(term: string): number;
  /** Counts a term for the chunk that is open. */
  count(term: number): void;
  /** Ends a chunk: what was counted becomes its postings. */
  post(chunk: number): void;
  /** Adds one posting as it is. Chunks of a term must come in order. */
  put(term: number, chunk: number, count: number): void;
  parts(): Record<string, Uint8Array | Uint32Array>;
}

function termTable(): TermTable {
  const numbers = new Map<string, number>();
  const [postTerm, postChunk, postCount] = [growingNumbers(1 << 16), growingNumbers(1 << 16), growingNumbers(1 << 16)];
  const open: number[] = [];
  const put = (term: number, chunk: number, count: number): void => {
    postTerm.push(term);
    postChunk.push(chunk);
    postCount.push(count);
  };
  let counts = new Uint32Array(1 << 14);
  return {
    identifiers: identifierTable(),
    idOf(term) {
      const known = numbers.get(term);
      if (known !== undefined) return known;
      // A piece of a text would keep all of the text in memory.
      numbers.set(Buffer.from(term).toString(), numbers.size);
      if (numbers.size > counts.length) counts = widened(counts);
      return numbers.size - 1;
    },
    count(term) {
      const count = counts[term] ?? 0;
      if (count === 0) open.push(term);
      counts[term] = count + 1;
    },
    post(chunk) {
      for (const term of open) {
        put(term, chunk, Math.min(counts[term] ?? 0, maxCount));
        counts[term] = 0;
      }
      open.length = 0;
    },
    put,
    parts: () => sortPostings([...numbers.keys()], postTerm, { postChunk, postCount }),
  };
}

function widened(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(numbers.length * 2);
  wider.set(numbers);
  return wider;
}

/** Brings the terms into order and the postings behind their terms; within a term they stay in the order of chunks. */
function sortPostings(
  terms: readonly string[],
  postTerm: GrowingNumbers,
  { postChunk, postCount }: { readonly postChunk: GrowingNumbers; readonly postCount: GrowingNumbers },
): Record<string, Uint8Array | Uint32Array> {
  const sorted = terms.toSorted(compareTexts);
  const old = new Map(terms.map((term, number) => [term, number]));
  const rank = new Uint32Array(terms.length);
  for (const [at, term] of sorted.entries()) rank[old.get(term) ?? 0] = at;
  const from = new Uint32Array(terms.length + 1);
  for (let at = 0; at < postTerm.length; at++) {
    const place = (rank[postTerm.get(at)] ?? 0) + 1;
    from[place] = (from[place] ?? 0) + 1;
  }
  for (let at = 0; at < terms.length; at++) from[at + 1] = (from[at + 1] ?? 0) + (from[at] ?? 0);
  const next = from.slice();
  const [chunks, counts] = [new Uint32Array(postTerm.length), new Uint8Array(postTerm.length)];
  for (let at = 0; at < postTerm.length; at++) {
    const term = rank[postTerm.get(at)] ?? 0;
    const place = next[term] ?? 0;
    next[term] = place + 1;
    chunks[place] = postChunk.get(at);
    counts[place] = postCount.get(at);
  }
  const [text, termsAt] = packTexts(sorted);
  return { terms: text, termsAt, postFrom: from, postChunk: chunks, postCount: counts };
}

/** The order of terms in a segment: by UTF-16 units. */
export function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function countTerms(
  text: string,
  facts: FileFacts,
  { terms, docs }: { readonly terms: TermTable; readonly docs: DocTable },
): void {
  const { chunks } = facts;
  const first = docs.chunks.line.length - chunks.length;
  const names = facts.symbols.toSorted((one, other) => one.line - other.line);
  let [chunk, name, words, total] = [0, 0, 0, 0];
  let lastLine = chunks[0]?.endLine ?? 0;
  const close = (): void => {
    const last = chunk === chunks.length - 1;
    for (; name < names.length && (last || (names[name]?.line ?? 0) <= lastLine); name++) countName(terms, names[name]);
    terms.post(first + chunk);
    docs.chunks.length.push(words);
    total += words;
    words = 0;
    chunk += 1;
    lastLine = chunk < chunks.length - 1 ? (chunks[chunk]?.endLine ?? 0) : Infinity;
  };
  if (chunks.length === 1) lastLine = Infinity;
  eachIdentifier(text, (start, end, seen) => {
    while (seen.line > lastLine) close();
    words += terms.identifiers.each(seen, () => wordsOf(text.slice(start, end)).map(terms.idOf), terms.count);
  });
  while (chunk < chunks.length) close();
  docs.columns.length.push(total);
}

function countName(terms: TermTable, symbol: CodeSymbol | undefined): void {
  if (!symbol) return;
  terms.count(terms.idOf(exactPrefix + symbol.name));
  for (const word of wordsOf(symbol.name)) terms.count(terms.idOf(namePrefix + word));
}

function copyDocs(
  segment: Segment,
  wanted: (doc: number) => boolean,
  { terms, docs }: { readonly terms: TermTable; readonly docs: DocTable },
): void {
  const moved = new Int32Array(segment.chunks).fill(-1);
  for (let doc = 0; doc < segment.docs; doc++) {
    if (!wanted(doc) || docs.keys.has(segment.keyOf(doc))) continue;
    docs.keys.add(segment.keyOf(doc));
    docs.texts.symbols.push(encodeSymbols(segment.symbolsOf(doc)));
    docs.texts.links.push(encodeLinks(segment.linksOf(doc)));
    docs.columns.reading.push(readingNumber(segment.readingOf(doc)));
    docs.columns.lines.push(segment.linesOf(doc));
    docs.columns.broken.push(segment.brokenAt(doc) ? 1 : 0);
    docs.columns.length.push(segment.lengthOf(doc));
    docs.columns.chunkFrom.push(docs.chunks.line.length);
    for (let chunk = segment.firstChunk(doc); chunk < segment.firstChunk(doc + 1); chunk++) {
      moved[chunk] = docs.chunks.line.length;
      docs.chunks.line.push(segment.chunkAt(chunk).line);
      docs.chunks.endLine.push(segment.chunkAt(chunk).endLine);
      docs.chunks.length.push(segment.chunkLength(chunk));
    }
  }
  for (const [term, { chunks, counts }] of segment.entries()) {
    for (let at = 0; at < chunks.length; at++) {
      const chunk = moved[chunks[at] ?? 0] ?? -1;
      if (chunk >= 0) terms.put(terms.idOf(term), chunk, counts[at] ?? 0);
    }
  }
}
