import { CapstanError } from '@capstan/sdk/contract';
import type { AssistantMessage, FilePart, ImagePart, JsonSchema, Message, ModelRequest, ToolMessage, ToolSpec, UserMessage } from '@capstan/sdk/contract';
import { callArguments, jsonCache } from '../wire/json.ts';
import { strictSchema } from '../wire/strict-schema.ts';
import type { Quirks } from './quirks.ts';

/** Makes the body of a Chat Completions request. The JSON of each message and tool is made once and then kept. */
export type ChatEncoder = (request: ModelRequest) => string;

export interface ChatEncoderOptions {
  /** Name of the model on the wire. */
  readonly model: string;
  /** Vendor whose state in the parts is sent back. */
  readonly vendor: string;
  readonly quirks: Quirks;
  /** Fields for the body, as the host names them; they win over ours. */
  readonly extraBody?: { readonly [name: string]: unknown } | undefined;
}

interface Encoded {
  /** Comma-joined messages; empty when the message says nothing. */
  readonly json: string;
  /** A user message with images that a tool message cannot hold; goes after the last result of the turn. */
  readonly after?: string;
}

export function chatEncoder({ model, vendor, quirks, extraBody = {} }: ChatEncoderOptions): ChatEncoder {
  const message = jsonCache((one: Message) => encodeMessage(one, { vendor, quirks }));
  const tool = jsonCache(encodeTool);
  const fixed = JSON.stringify({ model, stream: true, ...(quirks.streamUsage ? { stream_options: { include_usage: true } } : {}), ...extraBody }).slice(0, -1);
  return (request) => {
    const fields = [fixed];
    if (request.tools.length > 0) fields.push(`"tools":[${request.tools.map(tool).join(',')}]`);
    if (request.maxOutputTokens !== undefined) fields.push(`"${quirks.maxTokens}":${request.maxOutputTokens}`);
    if (request.seed !== undefined && quirks.seed) fields.push(`"seed":${request.seed}`);
    const format = request.output && responseFormat(request.output, quirks);
    if (format) fields.push(`"response_format":${format}`);
    fields.push(`"messages":[${joinMessages(request, quirks, message)}]}`);
    return fields.join(',');
  };
}

function joinMessages(request: ModelRequest, quirks: Quirks, encode: (message: Message) => Encoded): string {
  const list: string[] = [];
  const instructions = instructionText(request, quirks);
  if (instructions) list.push(`{"role":"${quirks.instructions}","content":${JSON.stringify(instructions)}}`);
  let after: string[] | undefined;
  for (const message of request.messages) {
    if (after && message.role !== 'tool') {
      list.push(...after);
      after = undefined;
    }
    const encoded = encode(message);
    if (encoded.json) list.push(encoded.json);
    if (encoded.after) (after ??= []).push(encoded.after);
  }
  if (after) list.push(...after);
  return list.join(',');
}

function instructionText({ instructions = '', output }: ModelRequest, quirks: Quirks): string {
  if (!output || quirks.output === 'json_schema') return instructions;
  const told = `Reply with one JSON value and nothing else. It must fit this JSON Schema:\n${JSON.stringify(output)}`;
  return instructions ? `${instructions}\n\n${told}` : told;
}

function responseFormat(schema: JsonSchema, quirks: Quirks): string | undefined {
  if (quirks.output === 'prompt') return undefined;
  if (quirks.output === 'json_object') return '{"type":"json_object"}';
  return JSON.stringify({ type: 'json_schema', json_schema: { name: 'output', strict: strictSchema(schema), schema } });
}

function encodeTool({ name, description, inputSchema }: ToolSpec): string {
  return JSON.stringify({ type: 'function', function: { name, description, parameters: inputSchema } });
}

function encodeMessage(message: Message, options: { readonly vendor: string; readonly quirks: Quirks }): Encoded {
  switch (message.role) {
    case 'user':
      return { json: encodeUser(message) };
    case 'assistant':
      return { json: encodeAssistant(message, options) };
    case 'tool':
      return encodeResult(message, options.quirks);
    default:
      return message satisfies never;
  }
}

function encodeUser({ parts }: UserMessage): string {
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'text') return `{"role":"user","content":${JSON.stringify(only.text)}}`;
  if (parts.length === 0) return '';
  return JSON.stringify({ role: 'user', content: parts.map((part) => (part.type === 'text' ? { type: 'text', text: part.text } : encodeMedia(part))) });
}

function encodeMedia(part: ImagePart | FilePart): object {
  if (part.type === 'image') {
    return { type: 'image_url', image_url: { url: part.url ?? `data:${part.mediaType};base64,${part.data ?? ''}` } };
  }
  if (part.data === undefined) {
    throw new CapstanError('invalid_config', `Chat Completions takes no files by address (${part.url}). Give the bytes of the file instead.`, { where: 'file' });
  }
  if (isText(part.mediaType)) {
    const text = Buffer.from(part.data, 'base64').toString('utf8');
    return { type: 'text', text: part.name ? `${part.name}:\n${text}` : text };
  }
  const name = part.name ?? (part.mediaType === 'application/pdf' ? 'file.pdf' : 'file');
  return { type: 'file', file: { filename: name, file_data: `data:${part.mediaType};base64,${part.data}` } };
}

function isText(mediaType: string): boolean {
  return /^text\/|^application\/(json|xml|yaml|x-yaml|javascript|toml)\b/.test(mediaType);
}

function encodeAssistant({ parts }: AssistantMessage, { vendor, quirks }: { readonly vendor: string; readonly quirks: Quirks }): string {
  let text = '';
  let reasoning = '';
  const details: unknown[] = [];
  const calls: string[] = [];
  for (const part of parts) {
    if (part.type === 'text') text += part.text;
    else if (part.type === 'call') calls.push(encodeCall(part));
    else {
      reasoning += part.text;
      if (part.provider?.vendor === vendor && Array.isArray(part.provider.data)) details.push(...part.provider.data);
    }
  }
  if (text === '' && calls.length === 0) return '';
  const fields = [`{"role":"assistant","content":${text === '' ? 'null' : JSON.stringify(text)}`];
  if (quirks.reasoningBack === 'reasoning_details') {
    if (details.length > 0) fields.push(`"reasoning_details":${JSON.stringify(details)}`);
  } else if (quirks.reasoningBack !== 'none' && reasoning) {
    fields.push(`"${quirks.reasoningBack}":${JSON.stringify(reasoning)}`);
  }
  if (calls.length > 0) fields.push(`"tool_calls":[${calls.join(',')}]`);
  return `${fields.join(',')}}`;
}

function encodeCall(call: { readonly callId: string; readonly tool: string; readonly json: string }): string {
  const args = JSON.stringify(callArguments(call.json));
  return `{"id":${JSON.stringify(call.callId)},"type":"function","function":{"name":${JSON.stringify(call.tool)},"arguments":${args}}}`;
}

function encodeResult({ callId, parts }: ToolMessage, quirks: Quirks): Encoded {
  const head = `{"role":"tool","tool_call_id":${JSON.stringify(callId)},"content":`;
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'text') return { json: `${head}${JSON.stringify(only.text)}}` };
  const media = parts.filter((part) => part.type !== 'text');
  if (quirks.imageResults && media.length > 0) {
    return { json: `${head}${JSON.stringify(parts.map((part) => (part.type === 'text' ? part : encodeMedia(part))))}}` };
  }
  const text = parts.filter((part) => part.type === 'text').map((part) => part.text).join('\n');
  if (media.length === 0) return { json: `${head}${JSON.stringify(text)}}` };
  const note = `${text ? `${text}\n` : ''}(${media.length === 1 ? 'A file follows' : `${media.length} files follow`} in the next user message.)`;
  const after = { role: 'user', content: [{ type: 'text', text: `From the result of call ${callId}:` }, ...media.map(encodeMedia)] };
  return { json: `${head}${JSON.stringify(note)}}`, after: JSON.stringify(after) };
}
