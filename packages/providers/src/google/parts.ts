import type {
  AssistantMessage,
  AssistantPart,
  FilePart,
  ImagePart,
  Json,
  ProviderState,
  ResultPart,
  ToolCallPart,
  ToolMessage,
  UserMessage,
  UserPart,
} from '@capstan/sdk/contract';
import { callArguments, jsonCache } from '../wire/json.ts';

/** The vendor name under which this provider keeps its state in message parts. */
export const vendor = 'google';

/** One or more parts of a Gemini content, comma-joined JSON text; empty when there is nothing to say. */
export type PartsText = string;

/** Turns a user message into the parts of a content. */
export const userParts: (message: UserMessage) => PartsText = jsonCache((message) =>
  joined(message.parts.flatMap(mediaPart)),
);

/**
 * Turns an assistant message into the parts of a content, every one as Gemini made it.
 *
 * @param signed Marks calls of another vendor, as Gemini 3 refuses a call without a thought signature.
 */
export function modelParts(message: AssistantMessage, signed: boolean): PartsText {
  return signed ? signedParts(message) : plainParts(message);
}

/** Turns a tool message into a function response; the images of a result follow it, or are inside for `nested`. */
export function responseParts(
  message: ToolMessage,
  call: { readonly id?: string | undefined; readonly nested: boolean },
): PartsText {
  const { response, media } = toolResult(message);
  const id = call.id === undefined ? '' : `"id":${JSON.stringify(call.id)},`;
  const inside = call.nested && media.length > 0 ? `,"parts":${JSON.stringify(media)}` : '';
  const text = `{"functionResponse":{${id}"name":${JSON.stringify(message.tool)},"response":${response}${inside}}}`;
  return call.nested || media.length === 0 ? text : `${text},${joined(media)}`;
}

/** The state this provider has put into a part. */
export function ownState(state: ProviderState | undefined): { readonly [key: string]: Json } | undefined {
  if (state?.vendor !== vendor || typeof state.data !== 'object' || state.data === null || Array.isArray(state.data))
    return undefined;
  return state.data as { readonly [key: string]: Json };
}

const toolResult: (message: ToolMessage) => { readonly response: string; readonly media: readonly Json[] } = jsonCache(
  (message) => {
    const text = message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
    const media = message.parts.filter((part) => part.type !== 'text').flatMap(mediaPart);
    return {
      response: JSON.stringify(message.failed || message.interrupted ? { error: text } : { output: text }),
      media,
    };
  },
);

function joined(parts: readonly Json[]): PartsText {
  return parts.map((part) => JSON.stringify(part)).join(',');
}

function mediaPart(part: UserPart | ResultPart): Json[] {
  if (part.type === 'text') return part.text === '' ? [] : [{ text: part.text }];
  return [dataPart(part)];
}

function dataPart(part: ImagePart | FilePart): Json {
  if (part.data === undefined) return { fileData: { mimeType: part.mediaType, fileUri: part.url ?? '' } };
  return { inlineData: { mimeType: part.mediaType, data: part.data } };
}

const plainParts = jsonCache(({ parts }: AssistantMessage) =>
  parts
    .map((part) => modelPart(part))
    .filter(Boolean)
    .join(','),
);

/** Only the first call of a message carries a signature. */
const signedParts = jsonCache(({ parts }: AssistantMessage) => {
  const calls = parts.filter((part) => part.type === 'call');
  const [first] = calls.some((call) => ownState(call.provider)?.['signature'] !== undefined) ? [] : calls;
  return parts
    .map((part) =>
      part === first ? callPart(first, { ...ownState(first.provider), signature: foreign }) : modelPart(part),
    )
    .filter(Boolean)
    .join(',');
});

/** With these words Gemini lets a call pass that it did not make (https://ai.google.dev/gemini-api/docs/thought-signatures, 2026-11-21). */
const foreign = 'skip_thought_signature_validator';

function modelPart(part: AssistantPart): PartsText {
  const state = ownState(part.provider);
  switch (part.type) {
    case 'text':
      return part.text === '' ? '' : JSON.stringify({ text: part.text, ...signature(state) });
    case 'reasoning':
      return reasoningPart(part.text, state);
    case 'call':
      return callPart(part, state);
    default:
      return part satisfies never;
  }
}

/** Thoughts of another vendor mean nothing to Gemini; parts of a kind we do not know go back as they came. */
function reasoningPart(text: string, state: { readonly [key: string]: Json } | undefined): PartsText {
  if (state === undefined) return '';
  if (state['part'] !== undefined) return JSON.stringify(state['part']);
  return text === '' ? '' : JSON.stringify({ text, thought: true, ...signature(state) });
}

function callPart(call: ToolCallPart, state: { readonly [key: string]: Json } | undefined): PartsText {
  const id = state?.['id'] === undefined ? '' : `"id":${JSON.stringify(state['id'])},`;
  const more = state?.['signature'] === undefined ? '' : `,"thoughtSignature":${JSON.stringify(state['signature'])}`;
  return `{"functionCall":{${id}"name":${JSON.stringify(call.tool)},"args":${callArguments(call.json)}}${more}}`;
}

function signature(state: { readonly [key: string]: Json } | undefined): { readonly [key: string]: Json } {
  return state?.['signature'] === undefined ? {} : { thoughtSignature: state['signature'] };
}
