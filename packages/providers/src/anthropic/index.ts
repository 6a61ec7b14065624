export { anthropic } from './anthropic.ts';
export type { AnthropicOptions } from './anthropic.ts';
export type { AnthropicRequestOptions, AnthropicThinking } from './options.ts';
export { laterUsage, usageOf } from './usage.ts';
export { listModels } from './list-models.ts';
