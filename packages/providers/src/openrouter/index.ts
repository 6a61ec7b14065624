export { listModels } from './list-models.ts';
export { openrouter } from './openrouter.ts';
export type { OpenrouterOptions, ProviderRouting } from './openrouter.ts';
