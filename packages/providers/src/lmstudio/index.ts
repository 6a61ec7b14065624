export { detectServer, listModels } from './list-models.ts';
export { lmstudio } from './lmstudio.ts';
export type { LmstudioOptions } from './lmstudio.ts';
