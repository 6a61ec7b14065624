export { uiChat } from './ui-chat.ts';
export type { UIChatAgent, UIChatOptions } from './ui-chat.ts';
export { toUIMessageResponse, toUIMessageStream } from './to-ui-message-stream.ts';
export type { ReadableRun, UIMessageResponseOptions, UIMessageStreamOptions } from './to-ui-message-stream.ts';
export { toUIMessages } from './to-ui-messages.ts';
export { readUIRequest } from './read-ui-request.ts';
export type { UIApproval, UIRequest } from './read-ui-request.ts';
export type { UIChunk, UIFilePart, UIMetadata, UITextPart } from './ui-chunk.ts';
export type { UIMessage, UIPart, UIToolPart } from './ui-message.ts';
