import { type Script } from './anthropic-server.ts';
import { chatReply } from './chat-wire.ts';
import { type LoopbackServer, randomFrom, type SeenRequest, startLoopback, type WireReply } from './loopback.ts';
import { type Dialect, type ScriptedReply, wireReply } from './scripted-reply.ts';

/**
 * Starts a loopback server that speaks OpenAI's Chat Completions API, streamed, and lists models.
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
    if (refused) return wireReply({ fault: refused }, chatDialect(random));
    const reply = typeof script === 'function' ? script(request) : (script[Math.min(turn, script.length - 1)] ?? {});
    turn += 1;
    return wireReply(reply, chatDialect(random));
  }, options);
}

const modelList: WireReply = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ object: 'list', data: [{ id: 'loopback-1', object: 'model', created: 1_767_225_600, owned_by: 'loopback' }] }),
};

type Refusal = { readonly kind: 'status'; readonly status: number; readonly message: string };

function refusalOf({ headers, body, path }: SeenRequest): Refusal | undefined {
  const refuse = (status: number, message: string): Refusal => ({ kind: 'status', status, message });
  if (!headers.authorization && !headers['api-key']) return refuse(401, "You didn't provide an API key.");
  if (!/\/chat\/completions(\?|$)/.test(path)) return refuse(404, `Invalid URL (POST ${path})`);
  const { messages } = (body ?? {}) as { messages?: ChatMessage[] };
  if (!Array.isArray(messages)) return refuse(400, "Missing required parameter: 'messages'.");
  const fault = pairingFault(messages);
  return fault === undefined ? undefined : refuse(400, fault);
}

interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string; readonly arguments: string } }[];
  readonly tool_call_id?: string;
}

/** Every call has its result right behind it, and no result is without its call. */
function pairingFault(messages: readonly ChatMessage[]): string | undefined {
  let open: string[] = [];
  for (const { role, content, tool_calls: calls = [], tool_call_id: callId = '' } of messages) {
    if (role === 'tool') {
      if (!open.includes(callId)) return "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
      open = open.filter((id) => id !== callId);
      continue;
    }
    if (open.length > 0) return unanswered(open);
    if (role !== 'assistant' && (content === null || content === undefined)) return `Invalid value for 'content': expected a string, got null (role ${role}).`;
    open = calls.map((call) => call.id);
  }
  return open.length > 0 ? unanswered(open) : undefined;
}

function unanswered(ids: readonly string[]): string {
  return `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. Without response: ${ids.join(', ')}`;
}

function chatDialect(random: () => number): Dialect {
  return {
    reply: (reply: ScriptedReply) => chatReply(reply, random),
    refusal: (status, message) => JSON.stringify({ error: { message, type: status === 429 ? 'requests' : 'invalid_request_error', param: null, code: errorCodes[status] ?? null } }),
    overloaded: 'data: {"error":{"message":"The server is overloaded","type":"server_error","code":503}}\n\n',
    garbage: 'data: {"choices":[{"delta": oh no}\n\n',
  };
}

const errorCodes: { readonly [status: number]: string } = { 401: 'invalid_api_key', 404: 'model_not_found', 429: 'rate_limit_exceeded' };
