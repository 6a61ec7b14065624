import type { HistoryIndex } from './commit-history.ts';
import type { FileTable } from './file-table.ts';
import { lexicalScores, type ChunkPlace } from './lexical.ts';
import type { Query } from './query.ts';

/** What a file's score is made of; each part from 0 to 1 before it is weighted. */
export type Signal =
  | 'content'
  | 'window'
  | 'names'
  | 'path'
  | 'scope'
  | 'history'
  | 'churn'
  | 'companions'
  | 'near'
  | 'meaning';

export type SignalWeights = Readonly<Record<Signal, number>>;

/** How much each signal counts, found on repositories other than those of the benchmark's report. */
export const signalWeights: SignalWeights = {
  content: 0.5,
  window: 0.8,
  names: 0.35,
  path: 0.95,
  scope: 1,
  history: 1,
  churn: 0.15,
  companions: 0.2,
  near: 0.4,
  meaning: 0.5,
};

/** A file with its score and what it is made of. */
export interface RankedFile {
  readonly file: number;
  readonly score: number;
  readonly signals: Readonly<Partial<Record<Signal, number>>>;
  readonly bestChunk: ChunkPlace | undefined;
}

/** What kinds of files count, when the query does not ask for them: people mostly mean the source. */
const kindFactor: Readonly<Record<FileTable['kinds'][number], number>> = {
  source: 1,
  declaration: 0.5,
  example: 0.35,
  test: 0.35,
  config: 0.4,
  docs: 0.3,
  data: 0.3,
};

/** What a kind counts when the query asks for it. */
const askedFactor = 0.85;

const askedFor: Readonly<Partial<Record<FileTable['kinds'][number], RegExp>>> = {
  test: /^(tests?|specs?|e2e)$/,
  docs: /^(docs?|readm|documentation|guid|changelog)$/,
  example: /^(exampl|demo|sampl|playground|benchmark)$/,
  config: /^(config|ci|workflow|eslint|tsconfig|build|depend)$/,
};

export interface RankInputs {
  readonly table: FileTable;
  readonly query: Query;
  readonly history?: HistoryIndex | undefined;
  /** Nearness of each file to the work at hand, 0 to 1. */
  readonly near?: Float64Array | undefined;
  /** Files that may be given. */
  readonly allowed: (file: number) => boolean;
  /** Most files. */
  readonly limit: number;
}

type Columns = readonly (readonly [Signal, Float64Array])[];

/** Ranks the files of a table for a query; those that nothing speaks for are left out. */
export function rankFiles({ table, query, history, near, allowed, limit }: RankInputs): readonly RankedFile[] {
  const size = table.paths.length;
  const lexical = lexicalScores(table, query);
  const columns: (readonly [Signal, Float64Array])[] = [
    ['content', scaled(lexical.content)],
    ['window', scaled(lexical.window)],
    ['names', scaled(lexical.names)],
    ['path', scaled(lexical.path)],
    ['scope', scaled(lexical.scope)],
  ];
  if (history) columns.push(['history', scaled(history.votes(query.terms))]);
  if (near) columns.push(['near', near]);
  const total = combine(columns, size);
  const speaks = new Uint8Array(size);
  for (let file = 0; file < size; file++) speaks[file] = (total[file] ?? 0) > 0 ? 1 : 0;
  const factors = factorsOf(table, query);
  if (history) {
    columns.push(['churn', history.churn]);
    addColumn(total, ['churn', history.churn]);
    const value = (file: number): number => (speaks[file] ? (total[file] ?? 0) * (factors[file] ?? 1) : 0);
    const seeds = topOf(size, value, 8);
    const companions = scaled(history.companions(new Map(seeds.map((file) => [file, value(file)]))));
    columns.push(['companions', companions]);
    addColumn(total, ['companions', companions]);
    for (let file = 0; file < size; file++) if ((companions[file] ?? 0) > 0) speaks[file] = 1;
  }
  const value = (file: number): number => (speaks[file] ? (total[file] ?? 0) * (factors[file] ?? 1) : 0);
  return topOf(size, value, limit, allowed).map((file) => ({
    file,
    score: value(file),
    signals: signalsAt(columns, file),
    bestChunk: lexical.bestChunk(file),
  }));
}

function combine(columns: Columns, size: number): Float64Array {
  const total = new Float64Array(size);
  for (const column of columns) addColumn(total, column);
  return total;
}

function addColumn(total: Float64Array, [signal, values]: Columns[number]): void {
  const weight = signalWeights[signal];
  for (let file = 0; file < total.length; file++) total[file] = (total[file] ?? 0) + weight * (values[file] ?? 0);
}

/** The files of the highest values above 0, the highest first, equal ones by number. Only those are asked about that would be among them. */
function topOf(
  size: number,
  value: (file: number) => number,
  count: number,
  allowed: (file: number) => boolean = () => true,
): number[] {
  const best: { readonly file: number; readonly value: number }[] = [];
  for (let file = 0; file < size; file++) {
    const own = value(file);
    if (own <= 0 || (best.length === count && own <= (best[count - 1]?.value ?? 0)) || !allowed(file)) continue;
    let place = best.length;
    while (place > 0 && (best[place - 1]?.value ?? 0) < own) place -= 1;
    best.splice(place, 0, { file, value: own });
    if (best.length > count) best.pop();
  }
  return best.map(({ file }) => file);
}

function factorsOf({ kinds }: FileTable, { terms }: Query): Float64Array {
  const words = [...terms.keys()];
  const byKind = new Map<FileTable['kinds'][number], number>();
  for (const [kind, factor] of Object.entries(kindFactor) as [FileTable['kinds'][number], number][]) {
    const asked = askedFor[kind];
    byKind.set(kind, asked && words.some((word) => asked.test(word)) ? Math.max(askedFactor, factor) : factor);
  }
  const factors = new Float64Array(kinds.length);
  for (let file = 0; file < factors.length; file++) factors[file] = byKind.get(kinds[file] ?? 'source') ?? 1;
  return factors;
}

function signalsAt(columns: Columns, file: number): RankedFile['signals'] {
  const found = columns.flatMap(([signal, values]) => {
    const value = values[file] ?? 0;
    return value > 0 ? [[signal, Math.round(value * 1000) / 1000] as const] : [];
  });
  return Object.fromEntries(found);
}

/** Brings values to at most 1, in place. */
function scaled(values: Float64Array): Float64Array {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at] ?? 0);
  if (most > 0) for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? 0) / most;
  return values;
}
