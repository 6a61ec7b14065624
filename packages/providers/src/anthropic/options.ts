import type { Json, ModelInfo } from '@capstan/sdk/contract';
import type { CacheTtl } from './conversation.ts';

/** How much the model thinks before it answers. */
export type AnthropicThinking =
  /** The model decides; `effort` steers it. Current models. */
  | 'adaptive'
  /** Only between tool calls. Models that list it. */
  | 'between-tools'
  /** No thinking. */
  | 'off'
  /**
   * A fixed number of tokens (1,024 or more, and less than the output limit). With `interleaved`, the default, the
   * model also thinks between tool calls.
   */
  | { readonly budgetTokens: number; readonly interleaved?: boolean };

/** What a call of the Messages API asks for beyond the conversation. */
export interface AnthropicRequestOptions {
  /** Default: what the model does on its own. */
  readonly thinking?: AnthropicThinking;
  /** How much work goes into an answer. Default: the model's own. */
  readonly effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  /** Caches tools, instructions and the conversation so far for five minutes or an hour. Default `5m`. */
  readonly cache?: CacheTtl | 'off';
  /**
   * How an answer of a schema is asked for: by the API's own structured output, or as the arguments of a tool, which
   * models before Claude 4.5 need. Default: `native`, but `tool` for models named `claude-3…` or `claude-{opus,sonnet}-4`.
   */
  readonly structured?: 'native' | 'tool';
  /** Streams tool arguments while they are written, unchecked by the API. Default: on at Anthropic's own address. */
  readonly eagerTools?: boolean;
  /** Tools that run at Anthropic, as the API defines them, for example `{ type: 'web_search_20260318', name: 'web_search' }`. */
  readonly serverTools?: readonly Json[];
  /** Fields added to the body of each request as they are; they win over ours. */
  readonly body?: { readonly [field: string]: Json };
}

/** What a request is made for. */
export interface RequestTarget {
  readonly model: string;
  readonly info: ModelInfo;
}
