export { listModels } from './list-models.ts';
export { openai } from './openai.ts';
export type { Host, OpenaiOptions } from './openai.ts';
export type { Quirks } from '../dialect/quirks.ts';
export type { Connection } from '../wire/connection.ts';
export type { Timeouts } from '../wire/exchange.ts';
export type { ListedModel } from '../wire/listed-model.ts';
