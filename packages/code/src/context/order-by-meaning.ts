import type { SearchHit, SearchOptions } from './code-index.ts';
import { readLines } from './snippet.ts';

export interface MeaningInputs {
  readonly text: string;
  readonly root: string;
  readonly embed: NonNullable<SearchOptions['embed']>;
  readonly signal: AbortSignal | undefined;
}

const maxChars = 2000;

/** Orders hits by what they scored and by how near their lines are to the query in a model's vectors, half each. */
export async function orderByMeaning(
  hits: readonly SearchHit[],
  { text, root, embed, signal }: MeaningInputs,
): Promise<readonly SearchHit[]> {
  if (hits.length === 0) return hits;
  const texts = hits.map(({ path, line, endLine }) => {
    const lines = readLines(root, path)?.slice(line - 1, endLine) ?? [];
    return `${path}\n${lines.join('\n')}`.slice(0, maxChars);
  });
  const [query = [], ...vectors] = await embed([text, ...texts], signal);
  const nearness = vectors.map((vector) => cosine(query, vector));
  const [low, high] = [Math.min(...nearness), Math.max(...nearness)];
  const top = hits[0]?.score ?? 1;
  const fused = hits.map((hit, at) => {
    const meaning = high > low ? ((nearness[at] ?? low) - low) / (high - low) : 0;
    return { ...hit, score: Math.round((hit.score + (top * meaning) / 2) * 10_000) / 10_000 };
  });
  return fused.toSorted((one, other) => other.score - one.score);
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
