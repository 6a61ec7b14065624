export { findEmbedder } from './embedder.ts';
export type { Embedder } from './embedder.ts';
export { ollama } from './ollama.ts';
export type { OllamaOptions } from './ollama.ts';
export type { OllamaRequestOptions } from './options.ts';
export { detectServer, listModels, pullModel } from './server.ts';
export type { PullProgress } from './server.ts';
