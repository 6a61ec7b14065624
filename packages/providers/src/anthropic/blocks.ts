import type {
  AssistantPart,
  FilePart,
  ImagePart,
  Json,
  Message,
  ProviderState,
  ResultPart,
  ToolCallPart,
  ToolMessage,
  UserPart,
} from '@capstan/sdk/contract';
import { callArguments, jsonCache } from '../wire/json.ts';

/** The vendor name under which this provider keeps its state in message parts. */
export const vendor = 'anthropic';

/** A content block of the Messages API, already as JSON text. */
export type Block = string;

/**
 * Turns a message into content blocks of the Messages API.
 *
 * The blocks are kept by message object, so a long history is serialised once and not at every turn.
 */
export const blocksOf: (message: Message) => readonly Block[] = jsonCache(makeBlocks);

/** Tells whether a block is thinking, readable or not. */
export function isThinking(block: Block): boolean {
  return block.startsWith('{"type":"thinking"') || block.startsWith('{"type":"redacted_thinking"');
}

/** Makes an id that the Messages API accepts (`^[a-zA-Z0-9_-]+$`) of one that another vendor may have made. */
export function toolUseId(callId: string): string {
  return callId.replace(/[^\w-]/g, '_') || '_';
}

function makeBlocks(message: Message): readonly Block[] {
  switch (message.role) {
    case 'user':
      return message.parts.flatMap(contentBlock).map(toText);
    case 'assistant':
      return message.parts.flatMap(assistantBlock);
    case 'tool':
      return [toText(resultBlock(message))];
    default:
      return message satisfies never;
  }
}

function toText(block: Json): Block {
  return JSON.stringify(block);
}

function contentBlock(part: UserPart | ResultPart): Json[] {
  switch (part.type) {
    case 'text':
      return textBlock(part.text);
    case 'image':
      return [{ type: 'image', source: sourceOf(part) }];
    case 'file':
      return [fileBlock(part)];
    default:
      return part satisfies never;
  }
}

/** The API refuses a text block without a visible character. */
function textBlock(text: string, more: { readonly [key: string]: Json } = {}): Json[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, ...more }];
}

function sourceOf({ data, url, mediaType }: ImagePart | FilePart): Json {
  return data === undefined ? { type: 'url', url: url ?? '' } : { type: 'base64', media_type: mediaType, data };
}

/** PDFs and plain text are documents to the API; anything else is named to the model so that it can say so. */
function fileBlock(part: FilePart): Json {
  const title = part.name === undefined ? {} : { title: part.name };
  if (part.mediaType === 'application/pdf') return { type: 'document', source: sourceOf(part), ...title };
  if (part.data !== undefined && isText(part.mediaType)) {
    const data = Buffer.from(part.data, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data }, ...title };
  }
  if (part.mediaType.startsWith('image/')) return { type: 'image', source: sourceOf(part) };
  return {
    type: 'text',
    text: `[The file ${part.name ?? ''} of type ${part.mediaType} is left out: this model reads images, PDF and text.]`,
  };
}

function isText(mediaType: string): boolean {
  return /^text\/|[/+](json|xml|yaml|toml|javascript|typescript|x-sh)\b/.test(mediaType);
}

function assistantBlock(part: AssistantPart): Block[] {
  const state = ownState(part.provider);
  switch (part.type) {
    case 'text':
      return textBlock(part.text, state).map(toText);
    case 'reasoning':
      return reasoningBlock(part.text, state).map(toText);
    case 'call':
      return [callBlock(part, state)];
    default:
      return part satisfies never;
  }
}

/** Thinking goes back only with its signature; a block of an unknown kind goes back as it came. */
function reasoningBlock(text: string, state: { readonly [key: string]: Json }): Json[] {
  if (state['block'] !== undefined) return [state['block']];
  if (typeof state['signature'] !== 'string') return [];
  return [{ type: 'thinking', thinking: text, signature: state['signature'] }];
}

function callBlock({ callId, tool, json }: ToolCallPart, state: { readonly [key: string]: Json }): Block {
  const head = JSON.stringify({ ...state, type: 'tool_use', id: toolUseId(callId), name: tool });
  return `${head.slice(0, -1)},"input":${callArguments(json)}}`;
}

/** The API takes nothing but text in a result that is marked as failed, so one with an image says in words that it failed. */
function resultBlock(message: ToolMessage): Json {
  const failed = message.failed === true || message.interrupted === true;
  const onlyText = message.parts.every((part) => part.type === 'text');
  const told = failed && !onlyText ? textBlock('The call failed.') : [];
  const content = [...told, ...message.parts.flatMap(contentBlock)];
  return {
    type: 'tool_result',
    tool_use_id: toolUseId(message.callId),
    ...(content.length > 0 ? { content } : {}),
    ...(failed && onlyText ? { is_error: true } : {}),
  };
}

function ownState(state: ProviderState | undefined): { readonly [key: string]: Json } {
  if (state?.vendor !== vendor || typeof state.data !== 'object' || state.data === null) return {};
  return Array.isArray(state.data) ? {} : (state.data as { readonly [key: string]: Json });
}
