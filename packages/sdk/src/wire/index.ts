export { handleRun } from './handle-run.ts';
export type { RunOrder } from './handle-run.ts';
export { remoteRun } from './remote-run.ts';
export type { RemoteRunOptions } from './remote-run.ts';
export { toEventStream } from './event-stream.ts';
export type { EventStreamOptions } from './event-stream.ts';
