import { namePrefix } from '../index/segment-builder.ts';
import type { FileTable, LiveSegment } from './file-table.ts';
import type { Query } from './query.ts';

/** How well words of a query are found, one number a file. */
export interface LexicalScores {
  /** In the whole content. */
  readonly content: Float64Array;
  /** In the best run of lines. */
  readonly window: Float64Array;
  /** In the names that are declared. */
  readonly names: Float64Array;
  /** In the path. */
  readonly path: Float64Array;
  /** In the path, of the part of the repository that the query names in front. */
  readonly scope: Float64Array;
  /** The best run of lines of a file; undefined when its text has none of the words. */
  readonly bestChunk: (file: number) => ChunkPlace | undefined;
}

export interface ChunkPlace {
  readonly segment: number;
  readonly chunk: number;
}

const k = 1.2;
const contentNorm = 0.7;
const windowNorm = 0.5;

/** Scores every file by the words of a query (BM25, Robertson and others 1994). */
export function lexicalScores(table: FileTable, query: Query): LexicalScores {
  const size = table.paths.length;
  const [content, window, names] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const docs = table.segments.map(({ segment }) => new Float64Array(segment.docs));
  const chunks = table.segments.map(({ segment }) => new Float64Array(segment.chunks));
  const declared = table.segments.map(({ segment }) => new Float64Array(segment.docs));
  for (const [term, weight] of query.terms) {
    addTerm(table, term, { weight, docs, chunks });
    addNames(table, namePrefix + term, { weight, declared });
  }
  const [bestSegment, bestPlace] = [new Int32Array(size).fill(-1), new Int32Array(size)];
  for (const [at, { segment, filesOf }] of table.segments.entries()) {
    for (let doc = 0; doc < segment.docs; doc++) {
      const files = filesOf[doc] ?? [];
      const [score, name] = [docs[at]?.[doc] ?? 0, declared[at]?.[doc] ?? 0];
      if (files.length === 0 || (score === 0 && name === 0)) continue;
      const best = bestOf(chunks[at] ?? new Float64Array(), segment.firstChunk(doc), segment.firstChunk(doc + 1));
      for (const file of files) {
        content[file] = score;
        window[file] = best.score;
        names[file] = name;
        bestSegment[file] = at;
        bestPlace[file] = best.chunk;
      }
    }
  }
  const bestChunk = (file: number): ChunkPlace | undefined => {
    const segment = bestSegment[file] ?? -1;
    return segment < 0 ? undefined : { segment, chunk: bestPlace[file] ?? 0 };
  };
  return { content, window, names, bestChunk, path: pathScores(table, query.terms), scope: scopeScores(table, query) };
}

interface TermTarget {
  readonly weight: number;
  readonly docs: readonly Float64Array[];
  readonly chunks: readonly Float64Array[];
}

function addTerm(table: FileTable, term: string, { weight, docs, chunks }: TermTarget): void {
  const found = table.segments.map((live) => countDocs(live, term));
  const holders = found.reduce((sum, { docs: list }) => sum + list.length, 0);
  if (holders === 0) return;
  const rarity = weight * inverse(table.docs, holders);
  for (const [at, { segment }] of table.segments.entries()) {
    const { docs: list, counts, postings } = found[at] ?? noDocs;
    const target = docs[at] ?? new Float64Array();
    for (const [place, doc] of list.entries()) {
      const length = 1 - contentNorm + (contentNorm * segment.lengthOf(doc)) / table.averageLength;
      target[doc] = (target[doc] ?? 0) + rarity * saturated(counts[place] ?? 0, length);
    }
    const scores = chunks[at] ?? new Float64Array();
    for (let place = 0; place < (postings?.chunks.length ?? 0); place++) {
      const chunk = postings?.chunks[place] ?? 0;
      const length = 1 - windowNorm + (windowNorm * segment.chunkLength(chunk)) / table.averageChunk;
      scores[chunk] = (scores[chunk] ?? 0) + rarity * saturated(postings?.counts[place] ?? 0, length);
    }
  }
}

function addNames(
  table: FileTable,
  term: string,
  { weight, declared }: { readonly weight: number; readonly declared: readonly Float64Array[] },
): void {
  const found = table.segments.map((live) => countDocs(live, term));
  const holders = found.reduce((sum, { docs }) => sum + docs.length, 0);
  if (holders === 0) return;
  const rarity = weight * inverse(table.docs, holders);
  for (const [at, { docs, counts }] of found.entries()) {
    const target = declared[at] ?? new Float64Array();
    for (const [place, doc] of docs.entries()) {
      target[doc] = (target[doc] ?? 0) + rarity * saturated(counts[place] ?? 0, 1);
    }
  }
}

function countDocs({ segment, filesOf }: LiveSegment, term: string) {
  const postings = segment.postings(term);
  if (!postings) return noDocs;
  const docs: number[] = [];
  const counts: number[] = [];
  let last = -1;
  for (let at = 0; at < postings.chunks.length; at++) {
    const doc = segment.docOfChunk(postings.chunks[at] ?? 0);
    const count = postings.counts[at] ?? 0;
    if (doc === last) counts[counts.length - 1] = (counts[counts.length - 1] ?? 0) + count;
    else if ((filesOf[doc]?.length ?? 0) > 0) {
      docs.push(doc);
      counts.push(count);
      last = doc;
    }
  }
  return { docs, counts, postings };
}

const noDocs = { docs: [] as number[], counts: [] as number[], postings: undefined };

function bestOf(scores: Float64Array, from: number, to: number): { readonly chunk: number; readonly score: number } {
  let chunk = from;
  for (let at = from + 1; at < to; at++) if ((scores[at] ?? 0) > (scores[chunk] ?? 0)) chunk = at;
  return { chunk, score: scores[chunk] ?? 0 };
}

function pathScores(table: FileTable, terms: ReadonlyMap<string, number>): Float64Array {
  const scores = new Float64Array(table.paths.length);
  for (const [term, weight] of terms) {
    const hits = table.withPathWord(term);
    const rarity = weight * inverse(table.paths.length, hits.length);
    for (const { file, weight: place } of hits) scores[file] = (scores[file] ?? 0) + rarity * place;
  }
  return scores;
}

/** Share of the scope's words that a path has; rarer words count more. */
function scopeScores(table: FileTable, { scope }: Query): Float64Array {
  const scores = new Float64Array(table.paths.length);
  for (const word of scope) {
    const hits = table.withPathWord(word);
    const rarity = inverse(table.paths.length, hits.length);
    for (const { file } of hits) scores[file] = (scores[file] ?? 0) + rarity;
  }
  return scores;
}

function inverse(all: number, holders: number): number {
  return Math.log(1 + (all - holders + 0.5) / (holders + 0.5));
}

function saturated(count: number, length: number): number {
  return (count * (k + 1)) / (count + k * length);
}
