export { anthropicServer } from './anthropic-server.ts';
export type { Script } from './anthropic-server.ts';
export { openaiServer } from './openai-server.ts';
export { gzipped, randomFrom, startLoopback } from './loopback.ts';
export type { LoopbackServer, SeenRequest, WireReply } from './loopback.ts';
export type { Fault, ScriptedReply } from './scripted-reply.ts';
