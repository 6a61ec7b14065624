export { errorFromEvent, errorFromReply } from './http-error.ts';
export type { Asked, HttpReply } from './http-error.ts';
export { networkError, timeoutError } from './network-error.ts';
export type { TimeoutPhase } from './network-error.ts';
export type { HeaderReader } from './retry-after.ts';
