import type { CatalogueEntry } from './entry.ts';
import { listed, plain, reasons } from './entry.ts';

const openaiJuly = { date: '2026-07-02', source: 'https://developers.openai.com/api/docs/pricing, by models.dev' };
const autumn = { date: '2026-10-27', source: 'https://developers.openai.com/api/docs/pricing' };

/**
 * OpenAI's models. Above 272,000 prompt tokens the larger ones cost twice as much, so their window ends there.
 *
 * gpt-6.2 is listed without a price: its rate for cache writes was not to be had.
 */
export const openaiModels: { readonly [id: string]: CatalogueEntry } = {
  'openai/gpt-6.2-astra': { ...reasons, contextWindow: 1_050_000, maxOutputTokens: 128_000 },
  'openai/gpt-6.2-sol': { ...reasons, contextWindow: 1_050_000, maxOutputTokens: 128_000 },
  'openai/gpt-6.1-sol': {
    ...reasons,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [2, 10, 0.1, 2.5]),
  },
  'openai/gpt-6.1-terra': { ...reasons, contextWindow: 272_000, price: listed(autumn, [1, 5, 0.05, 1.25]) },
  'openai/gpt-6-astra': {
    ...reasons,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [10, 50, 1, 12.5]),
  },
  'openai/gpt-6-sol': {
    ...reasons,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [2, 10, 0.2, 2.5]),
  },
  'openai/gpt-6-luna': {
    ...reasons,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [0.1, 0.5, 0.01, 0.125]),
  },
  'openai/gpt-4.1': {
    ...plain,
    contextWindow: 1_047_576,
    maxOutputTokens: 32_768,
    price: listed(openaiJuly, [2, 8, 0.5]),
  },
  'openai/gpt-4.1-mini': {
    ...plain,
    contextWindow: 1_047_576,
    maxOutputTokens: 32_768,
    price: listed(openaiJuly, [0.4, 1.6, 0.1]),
  },
  'openai/gpt-4.1-nano': {
    ...plain,
    contextWindow: 1_047_576,
    maxOutputTokens: 32_768,
    price: listed(openaiJuly, [0.1, 0.4, 0.025]),
  },
  'openai/gpt-4o': {
    ...plain,
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    price: listed(openaiJuly, [2.5, 10, 1.25]),
  },
  'openai/gpt-4o-mini': {
    ...plain,
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    price: listed(openaiJuly, [0.15, 0.6, 0.075]),
  },
  'openai/gpt-5': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [1.25, 10, 0.125]),
  },
  'openai/gpt-5-mini': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [0.25, 2, 0.025]),
  },
  'openai/gpt-5-nano': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [0.05, 0.4, 0.005]),
  },
  'openai/gpt-5-pro': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 272_000,
    price: listed(openaiJuly, [15, 120]),
  },
  'openai/gpt-5-codex': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [1.25, 10, 0.125]),
  },
  'openai/gpt-5.1': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [1.25, 10, 0.125]),
  },
  'openai/gpt-5.1-codex': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [1.25, 10, 0.125]),
  },
  'openai/gpt-5.1-codex-mini': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [0.25, 2, 0.025]),
  },
  'openai/gpt-5.1-codex-max': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [1.25, 10, 0.125]),
  },
  'openai/gpt-5.2': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [1.75, 14, 0.175]),
  },
  'openai/gpt-5.2-codex': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [1.75, 14, 0.175]),
  },
  'openai/gpt-5.2-pro': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [21, 168]),
  },
  'openai/gpt-5.3-codex': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [1.75, 14, 0.175]),
  },
  'openai/gpt-5.4': {
    ...reasons,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [2.5, 15, 0.25]),
  },
  'openai/gpt-5.4-mini': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [0.75, 4.5, 0.075]),
  },
  'openai/gpt-5.4-nano': {
    ...reasons,
    contextWindow: 400_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [0.2, 1.25, 0.02]),
  },
  'openai/gpt-5.4-pro': {
    ...reasons,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [30, 180]),
  },
  'openai/gpt-5.5': {
    ...reasons,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [5, 30, 0.5]),
  },
  'openai/gpt-5.5-pro': {
    ...reasons,
    contextWindow: 272_000,
    maxOutputTokens: 128_000,
    price: listed(openaiJuly, [30, 180]),
  },
  'openai/o3': { ...reasons, contextWindow: 200_000, maxOutputTokens: 100_000, price: listed(openaiJuly, [2, 8, 0.5]) },
  'openai/o3-mini': {
    ...reasons,
    vision: false,
    contextWindow: 200_000,
    maxOutputTokens: 100_000,
    price: listed(openaiJuly, [1.1, 4.4, 0.55]),
  },
  'openai/o4-mini': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 100_000,
    price: listed(openaiJuly, [1.1, 4.4, 0.275]),
  },
  'openai/o1': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 100_000,
    price: listed(openaiJuly, [15, 60, 7.5]),
  },
};
