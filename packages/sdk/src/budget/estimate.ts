import type { Message } from '../contract/message.ts';
import type { ModelRequest } from '../contract/model.ts';

/** No vendor charges more for one image or page of a document than this many tokens, by their published tables. */
const attachmentTokens = 16_000;
/** Role marks and separators around one message or tool, generously. */
const frameTokens = 16;

/**
 * Bounds the prompt tokens of a request from above, without a tokenizer.
 *
 * Byte-level tokenizers never make more tokens than there are UTF-8 bytes, so bytes are the bound.
 */
export function boundRequest(request: ModelRequest): number {
  let bound = frameTokens + bytes(request.instructions ?? '');
  for (const tool of request.tools) bound += frameTokens + bytes(JSON.stringify(tool));
  if (request.output) bound += frameTokens + bytes(JSON.stringify(request.output));
  for (const message of request.messages) bound += boundMessage(message);
  return bound;
}

const bounds = new WeakMap<Message, number>();

/** Bounds the tokens of one message from above. Remembered by message object. */
export function boundMessage(message: Message): number {
  const known = bounds.get(message);
  if (known !== undefined) return known;
  let bound = frameTokens;
  for (const part of message.parts) {
    bound += frameTokens;
    if (part.type === 'call') bound += bytes(part.json) + bytes(part.tool) + bytes(part.callId);
    else if (part.type === 'text' || part.type === 'reasoning') bound += bytes(part.text);
    else bound += attachmentTokens + Math.ceil((part.data?.length ?? 0) / 64);
    if ('provider' in part && part.provider) bound += bytes(JSON.stringify(part.provider.data));
  }
  if (message.role === 'tool') bound += bytes(message.callId);
  bounds.set(message, bound);
  return bound;
}

/** Estimates the prompt tokens of a request: what it probably is, where `boundRequest` says what it is at most. */
export function estimateRequest({ instructions = '', messages, tools }: ModelRequest): number {
  let tokens = estimateTokens(instructions) + estimateTokens(tools.length > 0 ? JSON.stringify(tools) : '');
  for (const message of messages) tokens += estimateMessage(message);
  return tokens;
}

const estimates = new WeakMap<Message, number>();
/** Of an image or a page, by the vendors' tables for common sizes. */
const likelyAttachmentTokens = 1600;

function estimateMessage(message: Message): number {
  const known = estimates.get(message);
  if (known !== undefined) return known;
  let tokens = 4;
  for (const part of message.parts) {
    if (part.type === 'call') tokens += estimateTokens(part.json) + 8;
    else tokens += 'text' in part ? estimateTokens(part.text) : likelyAttachmentTokens;
  }
  estimates.set(message, tokens);
  return tokens;
}

/** Estimates the tokens of streamed text, for vendors that report none: a quarter of ASCII, one a character beyond it. */
export function estimateTokens(text: string): number {
  if (bytes(text) === text.length) return text.length / 4;
  let beyond = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) beyond++;
  return (text.length - beyond) / 4 + beyond;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
