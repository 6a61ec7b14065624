import type { CatalogueEntry } from './entry.ts';
import { listed, reasons } from './entry.ts';

const anthropicJuly = {
  date: '2026-07-02',
  source: 'https://platform.claude.com/docs/en/about-claude/pricing, by models.dev',
};
const autumn = { date: '2026-10-24', source: 'https://platform.claude.com/docs/en/about-claude/pricing' };

/** Anthropic's models. Above 100,000 prompt tokens Haiku 5.5 costs five times as much, so its window ends there. */
export const anthropicModels: { readonly [id: string]: CatalogueEntry } = {
  'anthropic/claude-fable-5-1': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [10, 50, 0.25, 12.5]),
  },
  'anthropic/claude-opus-5-5': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [4, 20, 0.2, 5]),
  },
  'anthropic/claude-opus-5': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [5, 25, 0.5, 6.25]),
  },
  'anthropic/claude-sonnet-5-5': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [2, 10, 0.1, 2.5]),
  },
  'anthropic/claude-haiku-5-5': {
    ...reasons,
    contextWindow: 100_000,
    maxOutputTokens: 128_000,
    price: listed(autumn, [0.1, 0.5, 0.01, 0.125]),
  },
  'anthropic/claude-fable-5': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(anthropicJuly, [10, 50, 1, 12.5]),
  },
  'anthropic/claude-haiku-4-5': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    price: listed(anthropicJuly, [1, 5, 0.1, 1.25]),
  },
  'anthropic/claude-opus-4-1': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 32_000,
    price: listed(anthropicJuly, [15, 75, 1.5, 18.75]),
  },
  'anthropic/claude-opus-4-5': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    price: listed(anthropicJuly, [5, 25, 0.5, 6.25]),
  },
  'anthropic/claude-opus-4-6': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(anthropicJuly, [5, 25, 0.5, 6.25]),
  },
  'anthropic/claude-opus-4-7': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(anthropicJuly, [5, 25, 0.5, 6.25]),
  },
  'anthropic/claude-opus-4-8': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(anthropicJuly, [5, 25, 0.5, 6.25]),
  },
  'anthropic/claude-sonnet-4-0': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    price: listed(anthropicJuly, [3, 15, 0.3, 3.75]),
  },
  'anthropic/claude-sonnet-4-5': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    price: listed(anthropicJuly, [3, 15, 0.3, 3.75]),
  },
  'anthropic/claude-sonnet-4-6': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 64_000,
    price: listed(anthropicJuly, [3, 15, 0.3, 3.75]),
  },
  'anthropic/claude-sonnet-5': {
    ...reasons,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    price: listed(anthropicJuly, [2, 10, 0.2, 2.5]),
  },
};
