export { model } from './route/model.ts';
export type { ModelOptions } from './route/model.ts';
export type { Connection } from './wire/connection.ts';
export type { Timeouts } from './wire/exchange.ts';
