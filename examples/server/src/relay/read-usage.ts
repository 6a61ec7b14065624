import { laterUsage, usageOf as anthropicUsage } from '@capstan/providers/anthropic';
import { usageOf as googleUsage } from '@capstan/providers/google';
import { type ChatUsage, chatUsage, type ResponsesUsage, responsesUsage } from '@capstan/providers/openai';
import type { Usage } from '@capstan/sdk/contract';
import type { Wire } from '../config/kinds.ts';

export type Fields = { readonly [name: string]: unknown };

/** Finds the raw counts in a whole reply or in one event of a stream; `undefined` where it has none. */
export function countsIn(wire: Wire, value: unknown): Fields | undefined {
  const body = fields(Array.isArray(value) ? value.at(-1) : value);
  if (!body) return undefined;
  if (wire === 'google') return fields(body['usageMetadata']);
  if (wire === 'openai-responses') return fields(fields(body['response'])?.['usage'] ?? body['usage']);
  if (wire === 'anthropic') return fields(fields(body['message'])?.['usage'] ?? body['usage']);
  return fields(body['usage']);
}

/** Turns raw counts into ours; those of a stream are given in order, as later ones may replace parts of earlier ones. */
export function usageFrom(wire: Wire, counts: readonly Fields[]): Usage | undefined {
  const last = counts.at(-1);
  if (!last) return undefined;
  switch (wire) {
    case 'anthropic':
      return anthropicUsage(counts.reduce<Fields>((before, after) => laterUsage(before, after), {}));
    case 'google':
      return googleUsage(counts.reduce<Fields>((before, after) => ({ ...before, ...after }), {}));
    case 'openai-responses':
      return responsesUsage(last as ResponsesUsage);
    case 'openai-embeddings':
      return chatUsage({ ...(last as ChatUsage), completion_tokens: 0 });
    case 'openai-chat':
      return chatUsage(last as ChatUsage);
    default:
      return wire satisfies never;
  }
}

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
