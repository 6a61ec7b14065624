import type {
  AssistantMessage,
  AssistantPart,
  FilePart,
  ImagePart,
  Json,
  Message,
  ModelRequest,
  TextPart,
  ToolMessage,
  ToolSpec,
  UserMessage,
} from '@capstan/sdk/contract';
import { type EncodedMessage, historyText, noResult, type Repair } from '../wire/history.ts';
import { callArguments, jsonCache } from '../wire/json.ts';
import { strictSchema } from '../wire/strict-schema.ts';
import { fieldText, type Fields } from './field-text.ts';
import type { ReasoningFields } from './reasoning.ts';

export interface ResponsesEncoderOptions {
  /** Name of the model on the wire. */
  readonly model: string;
  /** Vendor whose state in the parts is sent back. */
  readonly vendor: string;
  /** False for models that do not reason: they refuse to be asked for encrypted reasoning. */
  readonly reasoning?: boolean | undefined;
  /** Fields for the body, as the host names them; they win over ours. */
  readonly extraBody?: { readonly [name: string]: unknown } | undefined;
  /** Gives the fields that one request's wish to think makes. */
  readonly reasoningOf?: ReasoningFields | undefined;
  /** False for models that choose their tokens themselves: they refuse to be told how. Default true. */
  readonly sampling?: boolean | undefined;
}

/**
 * Makes the body of a Responses request. Nothing is stored at the vendor: reasoning comes encrypted and goes back in the
 * parts it came in. The JSON of messages and tools is made once and then kept.
 */
export function responsesEncoder({
  model,
  vendor,
  reasoning = true,
  extraBody = {},
  reasoningOf = () => ({}),
  sampling = true,
}: ResponsesEncoderOptions): (request: ModelRequest) => string {
  const history = historyText((one) => encodeMessage(one, vendor), repair);
  const tool = jsonCache(encodeTool);
  const include = reasoning ? { include: ['reasoning.encrypted_content'] } : {};
  const fixed = JSON.stringify({ model, stream: true, store: false, ...include, ...extraBody }).slice(0, -1);
  return (request) => {
    let head = fixed;
    if (request.instructions) head += `,"instructions":${JSON.stringify(request.instructions)}`;
    if (request.tools.length > 0) head += `,"tools":[${request.tools.map(tool).join(',')}]`;
    if (request.tools.length > 0) head += fieldText(choiceFields(request));
    head += fieldText({ ...(sampling ? samplingFields(request) : {}), ...reasoningOf(request) }, extraBody);
    if (request.maxOutputTokens !== undefined) head += `,"max_output_tokens":${request.maxOutputTokens}`;
    if (request.output) {
      const format = {
        type: 'json_schema',
        name: 'output',
        strict: strictSchema(request.output),
        schema: request.output,
      };
      head += `,"text":${JSON.stringify({ ...(extraBody['text'] as object | undefined), format })}`;
    }
    return `${head},"input":[${history(request.messages)}]}`;
  };
}

function choiceFields({ toolChoice, parallelCalls }: ModelRequest): Fields {
  const named = typeof toolChoice === 'object' ? { type: 'function', name: toolChoice.tool } : toolChoice;
  return {
    tool_choice: named === 'auto' ? undefined : named,
    parallel_tool_calls: parallelCalls === false ? false : undefined,
  };
}

/** Responses knows no stop texts, no penalties and no seed. */
function samplingFields({ sampling }: ModelRequest): Fields {
  return { temperature: sampling?.temperature, top_p: sampling?.topP };
}

/** The API refuses a call without an output and an output without its call. */
const repair: Repair = {
  missing: ({ callId }) => ({ type: 'function_call_output', call_id: callId, output: noResult }),
  late: ({ tool, parts }) => ({
    role: 'user',
    content: [{ type: 'input_text', text: `Late result of ${tool}:` }, ...parts.map(encodePart)],
  }),
};

function encodeTool({ name, description, inputSchema }: ToolSpec): string {
  return JSON.stringify({
    type: 'function',
    name,
    description,
    parameters: inputSchema,
    strict: strictSchema(inputSchema),
  });
}

function encodeMessage(message: Message, vendor: string): EncodedMessage {
  switch (message.role) {
    case 'user':
      return encodeUser(message);
    case 'assistant':
      return { entries: encodeAssistant(message, vendor) };
    case 'tool':
      return encodeResult(message);
    default:
      return message satisfies never;
  }
}

function encodeUser({ parts }: UserMessage): EncodedMessage {
  if (parts.length === 0) return { entries: [] };
  const [only] = parts;
  const content = parts.length === 1 && only?.type === 'text' ? only.text : parts.map(encodePart);
  return { entries: [{ role: 'user', content }] };
}

function encodePart(part: TextPart | ImagePart | FilePart): object {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  const data = `data:${part.mediaType};base64,${part.data ?? ''}`;
  if (part.type === 'image') return { type: 'input_image', detail: 'auto', image_url: part.url ?? data };
  if (part.url) return { type: 'input_file', file_url: part.url };
  return {
    type: 'input_file',
    filename: part.name ?? (part.mediaType === 'application/pdf' ? 'file.pdf' : 'file.txt'),
    file_data: data,
  };
}

/** Keeps the order of the parts. Reasoning goes back only before what it led to: the API refuses it alone. */
function encodeAssistant({ parts }: AssistantMessage, vendor: string): object[] {
  const entries: object[] = [];
  let led = 0;
  for (const part of parts) {
    const entry = encodeAssistantPart(part, vendor);
    if (!entry) continue;
    entries.push(entry);
    if (part.type !== 'reasoning') led = entries.length;
  }
  return entries.slice(0, led);
}

function encodeAssistantPart(part: AssistantPart, vendor: string): object | undefined {
  const state = part.provider?.vendor === vendor ? (part.provider.data as { readonly [key: string]: Json }) : undefined;
  if (part.type === 'reasoning') return state;
  if (part.type === 'call')
    return { type: 'function_call', call_id: part.callId, name: part.tool, arguments: callArguments(part.json) };
  if (part.text === '') return undefined;
  return {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text: part.text, annotations: [] }],
    ...state,
  };
}

function encodeResult({ callId, parts }: ToolMessage): EncodedMessage {
  const [only] = parts;
  const output =
    parts.length === 0 ? '' : parts.length === 1 && only?.type === 'text' ? only.text : parts.map(encodePart);
  return { entries: [{ type: 'function_call_output', call_id: callId, output }] };
}
