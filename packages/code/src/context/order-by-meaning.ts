import { signalWeights } from '../rank/rank-files.ts';
import type { SearchHit, SearchOptions } from './code-index.ts';
import { readLines } from './snippet.ts';

export interface MeaningInputs {
  readonly text: string;
  readonly root: string;
  readonly embed: NonNullable<SearchOptions['embed']>;
  readonly signal: AbortSignal | undefined;
  /** Says what speaks for a hit. */
  readonly why: (signals: SearchHit['signals']) => string;
}

const maxChars = 2000;

/**
 * Orders hits by what they scored and by how near their lines are to the query in a model's vectors. A model that fails
 * leaves them as they are.
 */
export async function orderByMeaning(hits: readonly SearchHit[], inputs: MeaningInputs): Promise<readonly SearchHit[]> {
  if (hits.length === 0) return hits;
  const nearness = await nearnessOf(hits, inputs);
  if (!nearness) return hits;
  const [low, high] = [Math.min(...nearness), Math.max(...nearness)];
  if (high <= low) return hits;
  const top = hits[0]?.score ?? 1;
  const fused = hits.map((hit, at) => {
    const meaning = Math.round((((nearness[at] ?? low) - low) / (high - low)) * 1000) / 1000;
    const signals = { ...hit.signals, ...(meaning > 0 ? { meaning } : {}) };
    const score = Math.round((hit.score + signalWeights.meaning * top * meaning) * 10_000) / 10_000;
    return { ...hit, score, signals, why: inputs.why(signals) };
  });
  return fused.toSorted((one, other) => other.score - one.score);
}

/** How near each hit's lines are to the query, from -1 to 1; undefined where the model gives no such thing. */
async function nearnessOf(
  hits: readonly SearchHit[],
  { text, root, embed, signal }: MeaningInputs,
): Promise<readonly number[] | undefined> {
  const texts = hits.map(({ path, line, endLine }) => {
    const lines = readLines(root, path)?.slice(line - 1, endLine) ?? [];
    return `${path}\n${lines.join('\n')}`.slice(0, maxChars);
  });
  try {
    const [query = [], ...vectors] = await embed([text, ...texts], signal);
    const whole = vectors.length === texts.length && [query, ...vectors].every((one) => one.length === query.length);
    const nearness = whole ? vectors.map((vector) => cosine(query, vector)) : [];
    return nearness.length > 0 && nearness.every(Number.isFinite) ? nearness : undefined;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

function cosine(one: readonly number[], other: readonly number[]): number {
  let [product, a, b] = [0, 0, 0];
  for (const [at, value] of one.entries()) {
    const second = other[at] ?? 0;
    product += value * second;
    a += value * value;
    b += second * second;
  }
  return a === 0 || b === 0 ? 0 : product / Math.sqrt(a * b);
}
