import type { ModelInfo } from '@capstan/sdk/contract';

/** A model as its vendor lists it, with what the vendor tells of it and nothing else. */
export interface ListedModel {
  /** `vendor/name`. */
  readonly id: string;
  readonly info: ModelInfo;
}
