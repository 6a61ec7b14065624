import type { CatalogueEntry } from './entry.ts';
import { listed, reasons } from './entry.ts';

const googleJuly = { date: '2026-07-02', source: 'https://ai.google.dev/gemini-api/docs/pricing, by models.dev' };
const lite = { date: '2026-07-21', source: 'https://ai.google.dev/gemini-api/docs/pricing' };
const autumn = { date: '2026-10-07', source: 'https://ai.google.dev/gemini-api/docs/pricing' };

/** Google's models. Above 200,000 prompt tokens the Pro models cost more, so their window ends there. */
export const googleModels: { readonly [id: string]: CatalogueEntry } = {
  'google/gemini-3.8-flash': {
    ...reasons,
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    price: listed(autumn, [0.75, 3.75, 0.075]),
    later: { from: '2027-01-01', price: listed(autumn, [1.5, 7.5, 0.15]) },
  },
  'google/gemini-3.5-flash-lite': {
    ...reasons,
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    price: listed(lite, [0.3, 2.5, 0.03]),
  },
  'google/gemini-2.5-flash-lite': {
    ...reasons,
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    price: listed(googleJuly, [0.1, 0.4, 0.01]),
  },
  'google/gemini-2.5-flash': {
    ...reasons,
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    price: listed(googleJuly, [0.3, 2.5, 0.03]),
  },
  'google/gemini-2.5-pro': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 65_536,
    price: listed(googleJuly, [1.25, 10, 0.125]),
  },
  'google/gemini-3-flash-preview': {
    ...reasons,
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    price: listed(googleJuly, [0.5, 3, 0.05]),
  },
  'google/gemini-3.1-flash-lite': {
    ...reasons,
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    price: listed(googleJuly, [0.25, 1.5, 0.025]),
  },
  'google/gemini-3.1-pro-preview': {
    ...reasons,
    contextWindow: 200_000,
    maxOutputTokens: 65_536,
    price: listed(googleJuly, [2, 12, 0.2]),
  },
  'google/gemini-3.5-flash': {
    ...reasons,
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    price: listed(googleJuly, [1.5, 9, 0.15]),
  },
};
