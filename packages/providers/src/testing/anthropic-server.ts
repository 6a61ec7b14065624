import type { Json, StopReason } from '@capstan/sdk/contract';
import {
  type LoopbackServer,
  pieces,
  randomFrom,
  type SeenRequest,
  startLoopback,
  type WireReply,
} from './loopback.ts';
import { type Dialect, type ScriptedReply, wireReply } from './scripted-reply.ts';
import { wholeMessage } from './whole-reply.ts';

/** What a loopback vendor answers: replies in order, the last one again and again, or a function of the request. */
export type Script = readonly ScriptedReply[] | ((request: SeenRequest) => ScriptedReply);

/**
 * Starts a loopback server that speaks Anthropic's Messages API, streamed and whole.
 *
 * It checks each request as the API does and answers 400 to one that the API would refuse.
 */
export function anthropicServer(script: Script, options: { readonly seed?: number } = {}): Promise<LoopbackServer> {
  const random = randomFrom(options.seed ?? 1);
  let turn = 0;
  return startLoopback((request) => {
    if (request.method === 'GET' && request.path.startsWith('/v1/models')) return modelList;
    const refused = refusalOf(request);
    if (refused) return wireReply({ fault: refused }, dialect(random, true));
    const reply = typeof script === 'function' ? script(request) : (script[Math.min(turn, script.length - 1)] ?? {});
    turn += 1;
    const streams = (request.body as { readonly stream?: unknown } | undefined)?.stream === true;
    return wireReply(reply, dialect(random, streams));
  }, options);
}

const modelList: WireReply = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    data: [
      {
        type: 'model',
        id: 'claude-loopback-1',
        display_name: 'Loopback 1',
        created_at: '2026-01-01T00:00:00Z',
        max_input_tokens: 200_000,
        max_tokens: 64_000,
        lifecycle: 'active',
        capabilities: { image_input: { supported: true }, thinking: { supported: true } },
      },
    ],
    has_more: false,
    first_id: 'claude-loopback-1',
    last_id: 'claude-loopback-1',
  }),
};

type Refusal = { readonly kind: 'status'; readonly status: number; readonly message: string };

/** A text stands for a block of it. */
function inBlocks(message: WireMessage): WireMessage {
  const { content } = message;
  return typeof content === 'string' ? { ...message, content: [{ type: 'text', text: content }] } : message;
}

function refusalOf({ headers, body, path }: SeenRequest): Refusal | undefined {
  const refuse = (status: number, message: string): Refusal => ({ kind: 'status', status, message });
  if (!headers['x-api-key'] && !headers.authorization) return refuse(401, 'x-api-key header is required');
  if (!path.startsWith('/v1/messages')) return refuse(404, `Not found: ${path}`);
  const { messages, max_tokens: maxTokens } = (body ?? {}) as { messages?: WireMessage[]; max_tokens?: number };
  if (!maxTokens) return refuse(400, 'max_tokens: Field required');
  if (!Array.isArray(messages) || messages.length === 0)
    return refuse(400, 'messages: at least one message is required');
  const whole = messages.map(inBlocks);
  const fault = pairingFault(whole) ?? contentFault(whole);
  return fault === undefined ? undefined : refuse(400, fault);
}

interface WireMessage {
  readonly role: string;
  readonly content: readonly {
    readonly type: string;
    readonly id?: string;
    readonly tool_use_id?: string;
    readonly text?: string;
    readonly is_error?: boolean;
    readonly content?: string | readonly { readonly type: string }[];
  }[];
}

/** Every call has its result at the beginning of the next message, and no result is without its call. */
function pairingFault(messages: readonly WireMessage[]): string | undefined {
  let open: string[] = [];
  for (const [at, { role, content }] of messages.entries()) {
    const results = content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id ?? ''] : []));
    const missing = open.filter((id) => !results.includes(id));
    if (missing.length > 0)
      return `messages.${at - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}`;
    if (results.some((id) => !open.includes(id)))
      return `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks`;
    open = role === 'assistant' ? content.flatMap((block) => (block.type === 'tool_use' ? [block.id ?? ''] : [])) : [];
  }
  return open.length > 0 ? 'messages: the last calls have no results' : undefined;
}

/** No empty text, no answer that ends in thinking, nothing but text in a failed result. */
function contentFault(messages: readonly WireMessage[]): string | undefined {
  for (const [at, { role, content }] of messages.entries()) {
    if (content.length === 0) return `messages.${at}: all messages must have non-empty content`;
    if (content.some((block) => block.type === 'text' && block.text?.trim() === ''))
      return 'messages: text content blocks must be non-empty';
    if (role === 'assistant' && /thinking$/.test(content.at(-1)?.type ?? ''))
      return `messages.${at}: The final block in an assistant message cannot be \`thinking\`.`;
    const failed = content.filter((block) => block.type === 'tool_result' && block.is_error);
    if (failed.some(({ content: inside }) => typeof inside === 'object' && inside.some(({ type }) => type !== 'text')))
      return 'tool_result: all content must be type "text" if "is_error" is true';
  }
  return undefined;
}

const errorTypes: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const stopReasons: { readonly [reason in StopReason]: string } = {
  end: 'end_turn',
  tools: 'tool_use',
  length: 'max_tokens',
  pause: 'pause_turn',
  refusal: 'refusal',
};

function dialect(random: () => number, streams: boolean): Dialect {
  return {
    reply: (reply) => {
      const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_loopback' };
      const streamed = { headers, body: streamOf(reply, random) };
      return streams ? streamed : wholeMessage(streamed);
    },
    refusal: (status, message) =>
      JSON.stringify({
        type: 'error',
        error: { type: errorTypes[status] ?? 'api_error', message },
        request_id: 'req_loopback',
      }),
    overloaded: frame({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    garbage: 'event: content_block_delta\ndata: {"type":"content_block_delta", oh no}\n\n',
  };
}

function streamOf(reply: ScriptedReply, random: () => number): string {
  const { usage, calls = [] } = reply;
  const cached = usage?.cachedInputTokens ?? 0;
  const written = usage?.cacheWriteTokens ?? 0;
  const input = {
    input_tokens: (usage?.inputTokens ?? 1) - cached - written,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
  };
  const blocks = blocksOf(reply, random);
  const thinking =
    usage?.reasoningTokens === undefined ? {} : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } };
  return [
    frame({
      type: 'message_start',
      message: {
        id: 'msg_loopback',
        type: 'message',
        role: 'assistant',
        content: [],
        stop_reason: null,
        usage: { ...input, output_tokens: 1 },
      },
    }),
    frame({ type: 'ping' }),
    ...blocks.map(frame),
    frame({
      type: 'message_delta',
      delta: {
        stop_reason: stopReasons[reply.stopReason ?? (calls.length > 0 ? 'tools' : 'end')],
        stop_sequence: null,
      },
      usage: { ...input, output_tokens: usage?.outputTokens ?? 1, ...thinking },
    }),
    frame({ type: 'message_stop' }),
  ].join('');
}

interface WireEvent {
  readonly type: string;
  readonly [field: string]: Json;
}

function blocksOf({ reasoning, text, calls = [] }: ScriptedReply, random: () => number): WireEvent[] {
  const events: WireEvent[] = [];
  let index = 0;
  const add = (block: Json, deltas: readonly Json[]): void => {
    events.push({ type: 'content_block_start', index, content_block: block });
    for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
    index += 1;
  };
  if (reasoning !== undefined) {
    const deltas = pieces(reasoning, random).map((thinking) => ({ type: 'thinking_delta', thinking }));
    add({ type: 'thinking', thinking: '', signature: '' }, [
      ...deltas,
      { type: 'signature_delta', signature: 'c2lnbmVkIGJ5IGxvb3BiYWNr' },
    ]);
  }
  if (text !== undefined)
    add(
      { type: 'text', text: '' },
      pieces(text, random).map((piece) => ({ type: 'text_delta', text: piece })),
    );
  for (const { tool, input } of calls) {
    const json = JSON.stringify(input);
    const deltas = json === '{}' ? [''] : ['', ...pieces(json, random)];
    const id = `toolu_${Math.floor(random() * 2 ** 48).toString(36)}`;
    add(
      { type: 'tool_use', id, name: tool, input: {} },
      deltas.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    );
  }
  return events;
}

function frame(event: WireEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
