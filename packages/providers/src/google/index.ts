export { google } from './google.ts';
export type { GoogleOptions } from './google.ts';
export { usageOf } from './decode.ts';
export { listModels } from './list-models.ts';
export type { GoogleRequestOptions } from './options.ts';
export { geminiSchema } from './schema.ts';
export type { GeminiSchema } from './schema.ts';
