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

/** A price in US dollars per million tokens, with the list it comes from. */
export function listed({ date, source }: Listing, input: number, output: number, cachedInput?: number, cacheWrite?: number): Price {
  return {
    input,
    output,
    ...(cachedInput === undefined ? {} : { cachedInput }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    date,
    source,
  };
}

/** Takes tools and images, and reasons. */
export const reasons = { tools: true, vision: true, reasoning: true } as const;

/** Takes tools and images, and answers at once. */
export const plain = { tools: true, vision: true, reasoning: false } as const;
