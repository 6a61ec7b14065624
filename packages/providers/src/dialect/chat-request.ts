import { CapstanError } from '@capstan/sdk/contract';
import type {
  AssistantMessage,
  FilePart,
  ImagePart,
  JsonSchema,
  Message,
  ModelRequest,
  TextPart,
  ToolCallPart,
  ToolMessage,
  ToolSpec,
  UserMessage,
} from '@capstan/sdk/contract';
import { type EncodedMessage, historyText, noResult, type Repair } from '../wire/history.ts';
import { callArguments, jsonCache } from '../wire/json.ts';
import { strictSchema } from '../wire/strict-schema.ts';
import { fieldText, type Fields } from './field-text.ts';
import type { Quirks } from './quirks.ts';
import type { ReasoningFields } from './reasoning.ts';

/** Makes the body of a Chat Completions request. The JSON of messages and tools is made once and then kept. */
export type ChatEncoder = (request: ModelRequest) => string;

export interface ChatEncoderOptions {
  /** Name of the model on the wire. */
  readonly model: string;
  /** Vendor whose state in the parts is sent back. */
  readonly vendor: string;
  readonly quirks: Quirks;
  /** Fields for the body, as the host names them; they win over ours. */
  readonly extraBody?: { readonly [name: string]: unknown } | undefined;
  /** Gives the fields that one request's wish to think makes. */
  readonly reasoningOf?: ReasoningFields | undefined;
  /** False for models that choose their tokens themselves: they refuse to be told how. Default true. */
  readonly sampling?: boolean | undefined;
}

export function chatEncoder({
  model,
  vendor,
  quirks,
  extraBody = {},
  reasoningOf = () => ({}),
  sampling = true,
}: ChatEncoderOptions): ChatEncoder {
  const history = historyText((one) => encodeMessage(one, { vendor, quirks }), repair);
  const tool = jsonCache(encodeTool);
  const fixed = JSON.stringify({
    model,
    stream: true,
    ...(quirks.streamUsage ? { stream_options: { include_usage: true } } : {}),
    ...extraBody,
  }).slice(0, -1);
  return (request) => {
    let head = fixed;
    const answer = answerTool(request, quirks);
    const tools = answer ? [...request.tools, answer] : request.tools;
    if (tools.length > 0) head += `,"tools":[${tools.map(tool).join(',')}]`;
    if (answer && tools.length === 1) head += `,"tool_choice":{"type":"function","function":{"name":"${outputTool}"}}`;
    else if (tools.length > 0) head += fieldText(choiceFields(request, answer !== undefined));
    head += fieldText({ ...(sampling ? samplingFields(request) : {}), ...reasoningOf(request) }, extraBody);
    if (request.maxOutputTokens !== undefined) head += `,"${quirks.maxTokens}":${request.maxOutputTokens}`;
    if (request.seed !== undefined && quirks.seed) head += `,"seed":${request.seed}`;
    const format = request.output && responseFormat(request.output, quirks);
    if (format) head += `,"response_format":${format}`;
    const instructions = instructionText(request, quirks);
    const first = instructions ? `{"role":"${quirks.instructions}","content":${JSON.stringify(instructions)}},` : '';
    return `${head},"messages":[${first}${history(request.messages)}]}`;
  };
}

function choiceFields({ toolChoice, parallelCalls }: ModelRequest, answers: boolean): Fields {
  const named = typeof toolChoice === 'object' ? { type: 'function', function: { name: toolChoice.tool } } : toolChoice;
  return {
    // The answer is a call too, so calls may not be forbidden.
    ...(named === undefined || named === 'auto' || (answers && named === 'none') ? {} : { tool_choice: named }),
    ...(parallelCalls === false ? { parallel_tool_calls: false } : {}),
  };
}

function samplingFields({ sampling = {} }: ModelRequest): Fields {
  const { temperature, topP, topK: _, stop, frequencyPenalty, presencePenalty } = sampling;
  return {
    temperature,
    top_p: topP,
    stop: stop?.length ? stop.slice(0, 4) : undefined,
    frequency_penalty: frequencyPenalty,
    presence_penalty: presencePenalty,
  };
}

/** The tool whose arguments are the answer, where that is how an answer of a schema is had. */
function answerTool({ output }: ModelRequest, quirks: Quirks): ToolSpec | undefined {
  if (!output || quirks.output !== 'tool') return undefined;
  return { name: outputTool, description: 'Gives the answer. Call it once, at the end.', inputSchema: output };
}

/** Tells whether the answer to a request comes as arguments of `outputTool`. */
export function answersByTool(request: ModelRequest, quirks: Quirks): boolean {
  return answerTool(request, quirks) !== undefined;
}

/** Name of the tool that gives an answer of a schema. */
export const outputTool = 'give_answer';

function instructionText({ instructions = '', output }: ModelRequest, quirks: Quirks): string {
  if (!output || quirks.output === 'json_schema') return instructions;
  const told =
    quirks.output === 'tool'
      ? `When you are done, give your answer by calling ${outputTool}.`
      : `Reply with one JSON value and nothing else. It must fit this JSON Schema:\n${JSON.stringify(output)}`;
  return instructions ? `${instructions}\n\n${told}` : told;
}

function responseFormat(schema: JsonSchema, quirks: Quirks): string | undefined {
  if (quirks.output === 'prompt' || quirks.output === 'tool') return undefined;
  if (quirks.output === 'json_object') return '{"type":"json_object"}';
  return JSON.stringify({ type: 'json_schema', json_schema: { name: 'output', strict: strictSchema(schema), schema } });
}

function encodeTool({ name, description, inputSchema }: ToolSpec): string {
  return JSON.stringify({ type: 'function', function: { name, description, parameters: inputSchema } });
}

function encodeMessage(
  message: Message,
  options: { readonly vendor: string; readonly quirks: Quirks },
): EncodedMessage {
  switch (message.role) {
    case 'user':
      return encodeUser(message);
    case 'assistant':
      return encodeAssistant(message, options);
    case 'tool':
      return encodeResult(message, options.quirks);
    default:
      return message satisfies never;
  }
}

/** The API refuses a call without a result and a result without its call. */
const repair: Repair = {
  missing: ({ callId }) => ({ role: 'tool', tool_call_id: callId, content: noResult }),
  late: ({ tool, parts }) => ({
    role: 'user',
    content: [{ type: 'text', text: `Late result of ${tool}:` }, ...parts.map(encodePart)],
  }),
};

const nothing: EncodedMessage = { entries: [] };

function encodeUser({ parts }: UserMessage): EncodedMessage {
  const [only] = parts;
  if (!only) return nothing;
  const content = parts.length === 1 && only.type === 'text' ? only.text : parts.map(encodePart);
  return { entries: [{ role: 'user', content }] };
}

function encodePart(part: TextPart | ImagePart | FilePart): object {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'image') {
    return { type: 'image_url', image_url: { url: part.url ?? `data:${part.mediaType};base64,${part.data ?? ''}` } };
  }
  if (part.data === undefined) {
    const text = `Chat Completions takes no files by address (${part.url}). Give the bytes of the file instead.`;
    throw new CapstanError('invalid_config', text, { where: 'file' });
  }
  if (isText(part.mediaType)) {
    const text = Buffer.from(part.data, 'base64').toString('utf8');
    return { type: 'text', text: part.name ? `${part.name}:\n${text}` : text };
  }
  const filename = part.name ?? (part.mediaType === 'application/pdf' ? 'file.pdf' : 'file');
  return { type: 'file', file: { filename, file_data: `data:${part.mediaType};base64,${part.data}` } };
}

function isText(mediaType: string): boolean {
  return /^text\/|^application\/(json|xml|yaml|x-yaml|javascript|toml)\b/.test(mediaType);
}

function encodeAssistant(
  { parts }: AssistantMessage,
  { vendor, quirks }: { readonly vendor: string; readonly quirks: Quirks },
): EncodedMessage {
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'text' && only.text)
    return { entries: [{ role: 'assistant', content: only.text }] };
  let text = '';
  let reasoning = '';
  const details: unknown[] = [];
  const calls: object[] = [];
  for (const part of parts) {
    if (part.type === 'text') text += part.text;
    else if (part.type === 'call') calls.push(encodeCall(part, vendor));
    else {
      reasoning += part.text;
      if (part.provider?.vendor === vendor && Array.isArray(part.provider.data)) details.push(...part.provider.data);
    }
  }
  if (text === '' && calls.length === 0) return nothing;
  const message: Record<string, unknown> = { role: 'assistant', content: text === '' ? null : text };
  if (quirks.reasoningBack === 'reasoning_details') {
    if (details.length > 0) message['reasoning_details'] = details;
  } else if (quirks.reasoningBack !== 'none' && reasoning) {
    message[quirks.reasoningBack] = reasoning;
  }
  if (calls.length > 0) message['tool_calls'] = calls;
  return { entries: [message] };
}

function encodeCall({ callId, tool, json, provider }: ToolCallPart, vendor: string): object {
  const state = provider?.vendor === vendor ? (provider.data as object) : {};
  return { ...state, id: callId, type: 'function', function: { name: tool, arguments: callArguments(json) } };
}

function encodeResult({ callId, parts }: ToolMessage, quirks: Quirks): EncodedMessage {
  const result = (content: unknown): object => ({ role: 'tool', tool_call_id: callId, content });
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'text') return { entries: [result(only.text)] };
  const media = parts.filter((part) => part.type !== 'text');
  if (quirks.imageResults && media.length > 0) return { entries: [result(parts.map(encodePart))] };
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  if (media.length === 0) return { entries: [result(text)] };
  const note = `(${media.length === 1 ? 'A file follows' : `${media.length} files follow`} in the next user message.)`;
  return {
    entries: [result(text ? `${text}\n${note}` : note)],
    after: {
      role: 'user',
      content: [{ type: 'text', text: `From the result of call ${callId}:` }, ...media.map(encodePart)],
    },
  };
}
