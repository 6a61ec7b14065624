/** Tokens of one or more model calls. An absent field is unknown, never zero. */
export interface Usage {
  /** All prompt tokens, cached ones included. */
  readonly inputTokens: number;
  /** All generated tokens, reasoning included. */
  readonly outputTokens: number;
  /** Part of `inputTokens` that was read from a prompt cache. */
  readonly cachedInputTokens?: number;
  /** Part of `inputTokens` that was written to a prompt cache. */
  readonly cacheWriteTokens?: number;
  /** Part of `outputTokens` spent on reasoning. */
  readonly reasoningTokens?: number;
  /** True when at least a part was counted from the wire because the vendor reported none. */
  readonly estimated?: true;
}

/** Prices in US dollars per million tokens, which is the same number as micro-dollars per token. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Default: the price of input. */
  readonly cachedInput?: number;
  /** Default: the price of input. */
  readonly cacheWrite?: number;
  /** Day of the price list, `YYYY-MM-DD`. */
  readonly date?: string;
  /** Where the prices were read. */
  readonly source?: string;
}
