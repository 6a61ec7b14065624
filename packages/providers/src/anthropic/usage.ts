import type { Usage } from '@capstan/sdk/contract';
import { countOf, type Fields, fieldsOf, listOf, textOf } from '../wire/shape.ts';

/**
 * Turns the counts of the Messages API into ours, where `inputTokens` counts the whole prompt; `input_tokens` there leaves
 * out what was read from or written to the cache.
 */
export function usageOf(wire: Fields): Usage | undefined {
  if (countOf(wire['input_tokens']) === undefined && countOf(wire['output_tokens']) === undefined) return undefined;
  const read = countOf(wire['cache_read_input_tokens']);
  const write = countOf(wire['cache_creation_input_tokens']);
  const reasoning = countOf(fieldsOf(wire['output_tokens_details'])['thinking_tokens']);
  const [input, output] = ownTokens(wire);
  return {
    inputTokens: input + (read ?? 0) + (write ?? 0),
    outputTokens: output,
    ...(read === undefined ? {} : { cachedInputTokens: read }),
    ...(write === undefined ? {} : { cacheWriteTokens: write }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
  };
}

/** Counts of a later event are running totals and replace those of an earlier one. */
export function laterUsage(before: Fields, after: Fields): Fields {
  const merged: { [name: string]: unknown } = { ...before };
  for (const [name, value] of Object.entries(after)) if (value !== null) merged[name] = value;
  return merged;
}

/**
 * What the model itself read and wrote in all the rounds a reply took at Anthropic; the plain counts leave out those of a
 * compaction. An advisor or a fall-back model has other prices and is not counted.
 */
function ownTokens(wire: Fields): [input: number, output: number] {
  const rounds = listOf(wire['iterations']).map(fieldsOf);
  const own = rounds.filter(({ type }) => type === 'message' || type === 'compaction');
  const fellBack = rounds.some(({ type }) => textOf(type) === 'fallback_message');
  const whole = (name: string): number => {
    const plain = countOf(wire[name]) ?? 0;
    return fellBack
      ? plain
      : Math.max(
          plain,
          own.reduce((total, round) => total + (countOf(round[name]) ?? 0), 0),
        );
  };
  return [whole('input_tokens'), whole('output_tokens')];
}
