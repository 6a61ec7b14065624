import type {
  AssistantMessage,
  FilePart,
  ImagePart,
  Message,
  ModelRequest,
  ToolMessage,
  ToolSpec,
  UserMessage,
} from '@capstan/sdk/contract';
import { type EncodedMessage, historyText } from '../wire/history.ts';
import { callArguments, jsonCache } from '../wire/json.ts';
import { contextTokensOf, type OllamaRequestOptions } from './options.ts';

/** Makes the body of one call of `/api/chat`. The JSON of each message and tool is made once and then kept. */
export type ChatEncoder = (request: ModelRequest) => string;

/** The vendor name under which this provider keeps its state in message parts. */
export const vendor = 'ollama';

/** Writes bodies for one model (https://docs.ollama.com/api/chat, 2026-11-21). */
export function chatEncoder(model: string, options: OllamaRequestOptions): ChatEncoder {
  const history = historyText(encodeMessage);
  const tool = jsonCache(encodeTool);
  return (request) => {
    const fields = JSON.stringify(fieldsOf(model, request, options)).slice(0, -1);
    const tools =
      request.tools.length > 0 && request.toolChoice !== 'none'
        ? `,"tools":[${request.tools.map(tool).join(',')}]`
        : '';
    const instructions = instructionsOf(request);
    const system = instructions === '' ? '' : JSON.stringify({ role: 'system', content: instructions });
    const messages = [system, history(request.messages)].filter(Boolean).join(',');
    return `${fields}${tools},"messages":[${messages}]}`;
  };
}

function fieldsOf(model: string, request: ModelRequest, options: OllamaRequestOptions): object {
  const { thinking, keepAlive } = options;
  const contextTokens = contextTokensOf(model, options);
  const settings = {
    ...(contextTokens === undefined ? {} : { num_ctx: contextTokens }),
    ...(request.maxOutputTokens === undefined ? {} : { num_predict: request.maxOutputTokens }),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...samplingFields(request),
    ...options.options,
  };
  return {
    model,
    stream: true,
    // A prompt that does not fit is refused instead of cut without a word, so that it can be compacted.
    truncate: false,
    shift: false,
    ...(thinking === undefined ? {} : { think: thinking === 'on' ? true : thinking === 'off' ? false : thinking }),
    ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }),
    ...(request.output && request.tools.length === 0 ? { format: request.output } : {}),
    ...(Object.values(settings).some((value) => value !== undefined) ? { options: settings } : {}),
    ...options.body,
  };
}

function samplingFields({ sampling = {} }: ModelRequest): object {
  const { temperature, topP, topK, stop, frequencyPenalty, presencePenalty } = sampling;
  return {
    temperature,
    top_p: topP,
    top_k: topK,
    stop: stop?.length ? stop : undefined,
    frequency_penalty: frequencyPenalty,
    presence_penalty: presencePenalty,
  };
}

/** A grammar would forbid calls, so with tools the schema of the answer is told in words. */
function instructionsOf({ instructions = '', output, tools }: ModelRequest): string {
  if (!output || tools.length === 0) return instructions;
  const told = `When the work is done, reply with one JSON value and nothing else. It must fit this JSON Schema:\n${JSON.stringify(output)}`;
  return instructions ? `${instructions}\n\n${told}` : told;
}

function encodeTool({ name, description, inputSchema }: ToolSpec): string {
  return JSON.stringify({ type: 'function', function: { name, description, parameters: inputSchema } });
}

function encodeMessage(message: Message): EncodedMessage {
  switch (message.role) {
    case 'user':
      return { entries: [contentOf({ role: 'user' }, message.parts)] };
    case 'assistant':
      return { entries: assistantEntries(message) };
    case 'tool':
      return {
        entries: [contentOf({ role: 'tool', tool_name: message.tool, tool_call_id: message.callId }, message.parts)],
      };
    default:
      return message satisfies never;
  }
}

function contentOf(head: object, parts: UserMessage['parts'] | ToolMessage['parts']): object {
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of parts) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.mediaType.startsWith('image/') && part.data !== undefined) images.push(part.data);
    else texts.push(textOf(part));
  }
  return { ...head, content: texts.join('\n'), ...(images.length > 0 ? { images } : {}) };
}

/** Ollama takes text and the bytes of images; anything else is named to the model so that it can say so. */
function textOf(part: ImagePart | FilePart): string {
  const name = part.type === 'file' ? part.name : undefined;
  if (part.data !== undefined && /^text\/|[/+](json|xml|yaml|toml|javascript|typescript)\b/.test(part.mediaType)) {
    const text = Buffer.from(part.data, 'base64').toString('utf8');
    return name === undefined ? text : `${name}:\n${text}`;
  }
  return `[${name ?? part.url ?? 'A file'} of type ${part.mediaType} is left out: this model reads text and the bytes of images.]`;
}

function assistantEntries({ parts }: AssistantMessage): object[] {
  let content = '';
  let thinking = '';
  const calls: object[] = [];
  for (const part of parts) {
    if (part.type === 'text') content += part.text;
    else if (part.type === 'reasoning') thinking += part.provider?.vendor === vendor ? part.text : '';
    else
      calls.push({
        id: part.callId,
        function: { name: part.tool, arguments: JSON.parse(callArguments(part.json)) as object },
      });
  }
  if (content === '' && calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      content,
      ...(thinking === '' ? {} : { thinking }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}
