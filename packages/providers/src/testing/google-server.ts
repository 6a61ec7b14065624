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
import { wholeGenerated } from './whole-reply.ts';

/** How a loopback Gemini behaves. */
export interface GoogleServerOptions {
  readonly seed?: number;
  /** Gives calls ids, as current models do. Default true. */
  readonly ids?: boolean;
}

type Script = readonly ScriptedReply[] | ((request: SeenRequest) => ScriptedReply);

/**
 * Starts a loopback server that speaks the Gemini API, streamed and whole.
 *
 * It checks each request as the API does, also that calls come back with their thought signatures, and answers 400 to
 * one that the API would refuse.
 */
export function googleServer(script: Script, options: GoogleServerOptions = {}): Promise<LoopbackServer> {
  const random = randomFrom(options.seed ?? 1);
  const speak = dialect(random, options.ids ?? true);
  let turn = 0;
  return startLoopback((request) => {
    const refused = refusalOf(request);
    if (refused) return wireReply({ fault: refused }, speak);
    if (request.method === 'GET') return modelList;
    const reply = typeof script === 'function' ? script(request) : (script[Math.min(turn, script.length - 1)] ?? {});
    turn += 1;
    const whole: Dialect = { ...speak, reply: (one) => wholeGenerated(speak.reply(one)) };
    return wireReply(reply, request.path.endsWith(':generateContent') ? whole : speak);
  }, options);
}

const modelList: WireReply = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    models: [
      {
        name: 'models/gemini-loopback-1',
        inputTokenLimit: 1_048_576,
        outputTokenLimit: 65_536,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
        thinking: true,
      },
      { name: 'models/embedding-loopback', inputTokenLimit: 2048, supportedGenerationMethods: ['embedContent'] },
    ],
  }),
};

type Refusal = { readonly kind: 'status'; readonly status: number; readonly message: string };

interface WireContent {
  readonly role: string;
  readonly parts: readonly {
    readonly functionCall?: { readonly id?: string; readonly name: string };
    readonly functionResponse?: { readonly id?: string; readonly name: string };
    readonly thoughtSignature?: string;
  }[];
}

function refusalOf({ method, headers, body, path }: SeenRequest): Refusal | undefined {
  const refuse = (status: number, message: string): Refusal => ({ kind: 'status', status, message });
  if (!headers['x-goog-api-key']) return refuse(403, "Method doesn't allow unregistered callers");
  if (method === 'GET') return /^\/v1(beta)?\/models/.test(path) ? undefined : refuse(404, 'Not found');
  const model = /^\/v1(?:beta)?\/models\/([^:?]+):(?:streamGenerateContent\?alt=sse|generateContent)$/.exec(path)?.[1];
  if (model === undefined) return refuse(404, `Not found: ${path}`);
  const { contents } = (body ?? {}) as { contents?: WireContent[] };
  if (!Array.isArray(contents) || contents.length === 0)
    return refuse(400, '* GenerateContentRequest.contents: contents is not specified');
  const fault = turnFault(contents, /gemini-[3-9]/.test(model));
  return fault === undefined ? undefined : refuse(400, fault);
}

/** As many responses as calls, by name and id, in the content right after; Gemini 3 wants the first call signed. */
function turnFault(contents: readonly WireContent[], signed: boolean): string | undefined {
  let open: readonly string[] = [];
  for (const { role, parts } of contents) {
    if (parts.length === 0) return 'contents.parts must not be empty.';
    const responses = parts.flatMap(({ functionResponse: one }) => (one ? [`${one.name} ${one.id ?? ''}`] : []));
    if (responses.toSorted().join() !== [...open].toSorted().join())
      return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
    const calls = role === 'model' ? parts.filter((part) => part.functionCall) : [];
    if (signed && calls.length > 0 && !calls[0]?.thoughtSignature)
      return `Function call is missing a thought_signature in functionCall parts: ${calls[0]?.functionCall?.name}`;
    open = calls.map(({ functionCall: one }) => `${one?.name} ${one?.id ?? ''}`);
  }
  return open.length > 0 ? 'The last function calls have no responses.' : undefined;
}

const statuses: { readonly [status: number]: string } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

const finishReasons: { readonly [reason in StopReason]: string } = {
  end: 'STOP',
  tools: 'STOP',
  length: 'MAX_TOKENS',
  pause: 'CONTINUATION',
  refusal: 'SAFETY',
};

function dialect(random: () => number, ids: boolean): Dialect {
  const error = (code: number, message: string, status: string): string =>
    JSON.stringify({ error: { code, message, status } });
  return {
    reply: (reply) => ({ headers: { 'content-type': 'text/event-stream' }, body: streamOf(reply, { random, ids }) }),
    refusal: (status, message) => error(status, message, statuses[status] ?? 'UNKNOWN'),
    overloaded: `data: ${error(503, 'The model is overloaded. Please try again later.', 'UNAVAILABLE')}\r\n\r\n`,
    garbage: 'data: {"candidates": [oh no}\r\n\r\n',
  };
}

function streamOf(
  reply: ScriptedReply,
  { random, ids }: { readonly random: () => number; readonly ids: boolean },
): string {
  const { reasoning, text, calls = [], usage } = reply;
  const parts: Json[] = [];
  if (reasoning !== undefined)
    parts.push(...pieces(reasoning, random).map((piece) => ({ text: piece, thought: true })));
  if (text !== undefined) parts.push(...pieces(text, random).map((piece) => ({ text: piece })));
  for (const [index, { tool, input }] of calls.entries()) {
    const id = ids ? { id: `fc-${Math.floor(random() * 2 ** 48).toString(36)}` } : {};
    parts.push({
      functionCall: { ...id, name: tool, args: input },
      ...(index === 0 ? { thoughtSignature: 'c2lnbmVkIGJ5IGxvb3BiYWNr' } : {}),
    });
  }
  if (calls.length === 0) parts.push({ text: '', thoughtSignature: 'bGFzdCBwYXJ0' });
  const thoughts = usage?.reasoningTokens ?? 0;
  const counts = {
    promptTokenCount: usage?.inputTokens ?? 1,
    candidatesTokenCount: (usage?.outputTokens ?? 1) - thoughts,
    ...(usage?.cachedInputTokens === undefined ? {} : { cachedContentTokenCount: usage.cachedInputTokens }),
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    totalTokenCount: (usage?.inputTokens ?? 1) + (usage?.outputTokens ?? 1),
  };
  const last = parts.length - 1;
  return parts
    .map((part, index) => {
      const end =
        index === last ? { finishReason: finishReasons[reply.stopReason ?? (calls.length > 0 ? 'tools' : 'end')] } : {};
      const candidate = { content: { parts: [part], role: 'model' }, ...end, index: 0 };
      const usageMetadata = index === last ? counts : { promptTokenCount: counts.promptTokenCount };
      return `data: ${JSON.stringify({ candidates: [candidate], usageMetadata, modelVersion: 'loopback' })}\r\n\r\n`;
    })
    .join('');
}
