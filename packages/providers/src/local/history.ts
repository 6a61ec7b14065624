import type {
  AssistantPart,
  Json,
  Message,
  ModelRequest,
  ToolCallPart,
  ToolMessage,
  UserPart,
} from '@capstan/sdk/contract';
import type { ChatHistoryItem, ChatModelFunctionCall, ChatModelResponse } from 'node-llama-cpp';

/** The vendor name under which this provider keeps its state in message parts. */
export const vendor = 'local';

type Response = ChatModelResponse['response'];

/**
 * Turns a request into a chat history, which ends with the reply to be said.
 *
 * What the model says, calls and reads as results until the user speaks again is one reply there.
 */
export function historyOf(request: ModelRequest): ChatHistoryItem[] {
  const results = resultsOf(request.messages);
  const items: ChatHistoryItem[] = [];
  const instructions = instructionsOf(request);
  if (instructions !== '') items.push({ type: 'system', text: instructions });
  for (const message of request.messages) {
    if (message.role === 'user') items.push({ type: 'user', text: message.parts.map(textOf).join('\n') });
    if (message.role === 'assistant') replyOf(items).push(...message.parts.flatMap((part) => said(part, results)));
  }
  replyOf(items);
  return items;
}

/** A grammar and functions exclude each other, so with tools the schema of the answer is told in words. */
function instructionsOf({ instructions = '', output, tools }: ModelRequest): string {
  if (!output || tools.length === 0) return instructions;
  const told = `When the work is done, reply with one JSON value and nothing else. It must fit this JSON Schema:\n${JSON.stringify(output)}`;
  return instructions ? `${instructions}\n\n${told}` : told;
}

/** The reply at the end of the history, or a new one. */
function replyOf(items: ChatHistoryItem[]): Response {
  const last = items.at(-1);
  if (last?.type === 'model') return last.response;
  const response: Response = [];
  items.push({ type: 'model', response });
  return response;
}

function resultsOf(messages: readonly Message[]): Map<string, ToolMessage> {
  return new Map(messages.flatMap((message) => (message.role === 'tool' ? [[message.callId, message] as const] : [])));
}

function said(part: AssistantPart, results: ReadonlyMap<string, ToolMessage>): Response {
  switch (part.type) {
    case 'text':
      return [part.text];
    case 'reasoning':
      return part.provider?.vendor === vendor
        ? [{ type: 'segment', segmentType: 'thought', text: part.text, ended: true }]
        : [];
    case 'call':
      return [called(part, results.get(part.callId))];
    default:
      return part satisfies never;
  }
}

function called(part: ToolCallPart, result: ToolMessage | undefined): ChatModelFunctionCall {
  const raw = part.provider?.vendor === vendor ? (part.provider.data as { readonly raw?: Json }).raw : undefined;
  const text = result?.parts.map(textOf).join('\n') ?? 'The call was interrupted and has no result.';
  return {
    type: 'functionCall',
    name: part.tool,
    params: paramsOf(part.json),
    result: result && !result.failed ? text : `Error: ${text}`,
    ...(raw === undefined ? {} : { rawCall: raw as NonNullable<ChatModelFunctionCall['rawCall']> }),
  };
}

function paramsOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return { broken_arguments: json };
  }
}

/** These models read text; anything else is named so that the model can say so. */
function textOf(part: UserPart): string {
  if (part.type === 'text') return part.text;
  const name = part.type === 'file' ? (part.name ?? 'A file') : 'An image';
  if (part.data !== undefined && part.mediaType.startsWith('text/'))
    return `${name}:\n${Buffer.from(part.data, 'base64').toString('utf8')}`;
  return `[${name} of type ${part.mediaType} is left out: this model reads text.]`;
}
