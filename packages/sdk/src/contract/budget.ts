/** Hard limits of a run. An absent field is no limit. Checked before and during every model call and tool call. */
export interface Budget {
  /** US dollars, to the micro-dollar. A model without a known price fails closed under it. */
  readonly costUsd?: number;
  /** Input and output tokens together, over all model calls. */
  readonly tokens?: number;
  /** Wall-clock seconds from the start of the run; checked inside streams and tools as well. */
  readonly seconds?: number;
  /** Model calls. */
  readonly turns?: number;
  /** Tool calls that start. */
  readonly toolCalls?: number;
}

/** Which limit a run met or neared. */
export type BudgetLimit = keyof Budget;
