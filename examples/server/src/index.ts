export { startServer } from './program/start-server.ts';
export type { RunningServer, ServerOptions } from './program/start-server.ts';
