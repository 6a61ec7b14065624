/** How a host's Chat Completions differ from OpenAI's. Every field has a default, so a host is described by what differs. */
export interface Quirks {
  /** Name of the output limit. Default `max_tokens`; OpenAI's own reasoning models take `max_completion_tokens` only. */
  readonly maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** Role that carries the instructions. Default `system`. */
  readonly instructions: 'system' | 'developer' | 'user';
  /** Whether `stream_options.include_usage` is sent; a few hosts refuse it. Default true. */
  readonly streamUsage: boolean;
  /** Field in which reasoning goes back to the host, for those that want it. Default: it is not sent back. */
  readonly reasoningBack: 'reasoning_content' | 'reasoning' | 'reasoning_details' | 'none';
  /**
   * Field that says how much the model thinks. With `thinking`, `reasoning_effort` says how much and `thinking` turns it
   * off. Default `reasoning_effort`.
   */
  readonly reasoningField: 'reasoning_effort' | 'reasoning' | 'thinking';
  /**
   * How JSON of a schema is asked for. `tool` makes the answer the arguments of a call; `prompt` only tells the model.
   * Default `json_schema`.
   */
  readonly output: 'json_schema' | 'json_object' | 'tool' | 'prompt';
  /** Whether `seed` is sent. Default true. */
  readonly seed: boolean;
  /** Whether a tool's result may hold images. Default false: they follow as a user message. */
  readonly imageResults: boolean;
  /** Whether the text may hold `<think>…</think>`, to be told apart from the answer. Default false. */
  readonly thinkTags: boolean;
}

export const standardQuirks: Quirks = {
  maxTokens: 'max_tokens',
  instructions: 'system',
  streamUsage: true,
  reasoningBack: 'none',
  reasoningField: 'reasoning_effort',
  output: 'json_schema',
  seed: true,
  imageResults: false,
  thinkTags: false,
};

/** OpenAI's own hosts. */
export const openaiQuirks: Quirks = {
  ...standardQuirks,
  maxTokens: 'max_completion_tokens',
  instructions: 'developer',
};
