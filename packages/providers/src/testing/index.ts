export { anthropicServer } from './anthropic-server.ts';
export type { Script } from './anthropic-server.ts';
export { faultMatrix } from './fault-matrix.ts';
export type { ExpectedFault } from './fault-matrix.ts';
export { gzipped, startLoopback } from './loopback.ts';
export type { LoopbackServer, SeenRequest, WireReply } from './loopback.ts';
export { openaiServer } from './openai-server.ts';
export { wireReply } from './scripted-reply.ts';
export type { Dialect, Fault, ScriptedReply } from './scripted-reply.ts';
