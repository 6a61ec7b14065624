import type { ModelInfo, Price } from '@capstan/sdk/contract';

/** What the catalogue knows of a model. */
export interface CatalogueEntry extends ModelInfo {
  /** A price that is announced; counts from the day `from` (`YYYY-MM-DD`) on. */
  readonly later?: { readonly from: string; readonly price: Price };
}

/** Where and when a price was read. */
export interface Listing {
  readonly date: string;
  readonly source: string;
}

/** US dollars per million tokens: input, output, cached input, cache write. */
export type Rates = readonly [input: number, output: number, cachedInput?: number, cacheWrite?: number];

/** A price with the list it comes from. */
export function listed(listing: Listing, [input, output, cachedInput, cacheWrite]: Rates): Price {
  return {
    input,
    output,
    ...(cachedInput === undefined ? {} : { cachedInput }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...listing,
  };
}

/** Takes tools and images, and reasons. */
export const reasons = { tools: true, vision: true, reasoning: true } as const;

/** Takes tools and images, and answers at once. */
export const plain = { tools: true, vision: true, reasoning: false } as const;
