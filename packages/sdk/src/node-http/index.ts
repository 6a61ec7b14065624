export { nodeListener } from './node-listener.ts';
export type { FetchHandler, NodeListener } from './node-listener.ts';
