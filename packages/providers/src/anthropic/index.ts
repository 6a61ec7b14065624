export { anthropic } from './anthropic.ts';
export type { AnthropicOptions } from './anthropic.ts';
export type { AnthropicRequestOptions, AnthropicThinking } from './options.ts';
export { listModels } from './list-models.ts';
