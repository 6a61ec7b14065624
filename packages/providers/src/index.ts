export { catalogue, modelInfo } from './catalogue/catalogue.ts';
export type { Catalogue } from './catalogue/catalogue.ts';
export type { CatalogueEntry } from './catalogue/entry.ts';
export { listModels } from './route/list-models.ts';
export { model } from './route/model.ts';
export type { ModelOptions } from './route/model.ts';
export type { Connection } from './wire/connection.ts';
export type { Timeouts } from './wire/exchange.ts';
export type { ListedModel } from './wire/listed-model.ts';
