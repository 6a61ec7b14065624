import { type Script } from './anthropic-server.ts';
import { chatReply } from './chat-wire.ts';
import { type LoopbackServer, randomFrom, type SeenRequest, startLoopback, type WireReply } from './loopback.ts';
import { responsesReply } from './responses-wire.ts';
import { type Dialect, type ScriptedReply, wireReply } from './scripted-reply.ts';
import { wholeChat, wholeResponse } from './whole-reply.ts';

/**
 * Starts a loopback server that speaks OpenAI's Chat Completions and Responses APIs, streamed and whole, and lists models.
 *
 * It checks each request as the API does and refuses what the API would refuse. Its address takes `/v1`, as
 * `baseURL: server.url + '/v1'`.
 */
export function openaiServer(script: Script, options: { readonly seed?: number } = {}): Promise<LoopbackServer> {
  const random = randomFrom(options.seed ?? 1);
  let turn = 0;
  return startLoopback((request) => {
    if (request.method === 'GET' && /\/models(\?|$)/.test(request.path)) return modelList;
    const refused = refusalOf(request);
    const dialect = dialectOf(request, random);
    if (refused) return wireReply({ fault: refused }, dialect);
    const reply = typeof script === 'function' ? script(request) : (script[Math.min(turn, script.length - 1)] ?? {});
    turn += 1;
    return wireReply(reply, dialect);
  }, options);
}

const modelList: WireReply = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    object: 'list',
    data: [{ id: 'loopback-1', object: 'model', created: 1_767_225_600, owned_by: 'loopback' }],
  }),
};

type Refusal = { readonly kind: 'status'; readonly status: number; readonly message: string };

function refusalOf({ headers, body, path }: SeenRequest): Refusal | undefined {
  const refuse = (status: number, message: string): Refusal => ({ kind: 'status', status, message });
  if (!headers.authorization && !headers['api-key']) return refuse(401, "You didn't provide an API key.");
  const { messages, input } = (body ?? {}) as { messages?: ChatMessage[]; input?: InputItem[] };
  if (isResponses(path)) {
    if (!Array.isArray(input)) return refuse(400, "Missing required parameter: 'input'.");
    const fault = inputFault(input);
    return fault === undefined ? undefined : refuse(400, fault);
  }
  if (!/\/chat\/completions(\?|$)/.test(path)) return refuse(404, `Invalid URL (POST ${path})`);
  if (!Array.isArray(messages)) return refuse(400, "Missing required parameter: 'messages'.");
  const fault = pairingFault(messages);
  return fault === undefined ? undefined : refuse(400, fault);
}

const isResponses = (path: string): boolean => /\/responses(\?|$)/.test(path);

interface InputItem {
  readonly type?: string;
  readonly role?: string;
  readonly call_id?: string;
}

/** Every call has its output, and reasoning is followed by what it led to. */
function inputFault(input: readonly InputItem[]): string | undefined {
  const outputs = new Set(input.flatMap((item) => (item.type === 'function_call_output' ? [item.call_id] : [])));
  const calls = new Set(input.flatMap((item) => (item.type === 'function_call' ? [item.call_id] : [])));
  for (const [at, { type, call_id: callId }] of input.entries()) {
    if (type === 'function_call' && !outputs.has(callId)) return `No tool output found for function call ${callId}.`;
    if (type === 'function_call_output' && !calls.has(callId))
      return `No tool call found for function call output with call_id ${callId}.`;
    const next = input[at + 1];
    if (
      type === 'reasoning' &&
      next?.type !== 'message' &&
      next?.type !== 'function_call' &&
      next?.type !== 'reasoning'
    ) {
      return `Item 'rs_${at}' of type 'reasoning' was provided without its required following item.`;
    }
  }
  return undefined;
}

interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

/** Every call has its result right behind it, and no result is without its call. */
function pairingFault(messages: readonly ChatMessage[]): string | undefined {
  let open: string[] = [];
  for (const { role, content, tool_calls: calls = [], tool_call_id: callId = '' } of messages) {
    if (role === 'tool') {
      if (!open.includes(callId))
        return "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
      open = open.filter((id) => id !== callId);
      continue;
    }
    if (open.length > 0) return unanswered(open);
    if (role !== 'assistant' && (content === null || content === undefined))
      return `Invalid value for 'content': expected a string, got null (role ${role}).`;
    open = calls.map((call) => call.id);
  }
  return open.length > 0 ? unanswered(open) : undefined;
}

function unanswered(ids: readonly string[]): string {
  return `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. Without response: ${ids.join(', ')}`;
}

function dialectOf({ path, body }: SeenRequest, random: () => number): Dialect {
  const responses = isResponses(path);
  const streams = (body as { readonly stream?: unknown } | undefined)?.stream === true;
  const makeId = (prefix: string): string =>
    `${prefix}${Math.floor(random() * 2 ** 52)
      .toString(36)
      .padStart(12, '0')}`;
  const write = (reply: ScriptedReply): WireReply => {
    if (!responses) return streams ? chatReply(reply, random) : wholeChat(reply, makeId);
    const streamed = responsesReply(reply, random);
    return streams ? streamed : wholeResponse(streamed);
  };
  return {
    reply: write,
    refusal: (status, message) =>
      JSON.stringify({
        error: {
          message,
          type: status === 429 ? 'requests' : 'invalid_request_error',
          param: null,
          code: errorCodes[status] ?? null,
        },
      }),
    overloaded: responses
      ? 'event: error\ndata: {"type":"error","code":"server_error","message":"The server is overloaded","param":null,"sequence_number":9}\n\n'
      : 'data: {"error":{"message":"The server is overloaded","type":"server_error","code":503}}\n\n',
    garbage: 'data: {"choices":[{"delta": oh no}\n\n',
  };
}

const errorCodes: { readonly [status: number]: string } = {
  401: 'invalid_api_key',
  404: 'model_not_found',
  429: 'rate_limit_exceeded',
};
