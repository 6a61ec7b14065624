import type { Json } from '@capstan/sdk/contract';
import {
  type LoopbackServer,
  pieces,
  randomFrom,
  type SeenRequest,
  startLoopback,
  type WireReply,
} from './loopback.ts';
import { type Dialect, type ScriptedReply, wireReply } from './scripted-reply.ts';

/** How a loopback Ollama behaves. */
export interface OllamaServerOptions {
  readonly seed?: number;
  /** Models on the server; others are "not found" until they are pulled. Default: any name. */
  readonly models?: readonly string[];
  /** Gives calls ids, as current versions do. Default true. */
  readonly ids?: boolean;
}

type Script = readonly ScriptedReply[] | ((request: SeenRequest) => ScriptedReply);

/** Starts a loopback server that speaks Ollama's own API: chat, tags, show, pull and version. */
export function ollamaServer(script: Script, options: OllamaServerOptions = {}): Promise<LoopbackServer> {
  const random = randomFrom(options.seed ?? 1);
  const speak = dialect(random, options.ids ?? true);
  const models = options.models && new Set(options.models);
  let turn = 0;
  return startLoopback((request) => {
    const { model = '' } = (request.body ?? {}) as { model?: string };
    if (request.path === '/api/version') return json({ version: '0.14.2' });
    if (request.path === '/api/tags')
      return json({
        models: [...(models ?? ['loopback:1b'])].map((name) => ({ name, model: name, size: 1, digest: 'd' })),
      });
    if (request.path === '/api/pull') return pull(model, models);
    if (models && !models.has(model))
      return { status: 404, headers: jsonType, body: JSON.stringify({ error: `model '${model}' not found` }) };
    if (request.path === '/api/show')
      return json({
        capabilities: ['completion', 'tools', 'thinking'],
        model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
      });
    if (request.path !== '/api/chat')
      return { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found' };
    const reply = typeof script === 'function' ? script(request) : (script[Math.min(turn, script.length - 1)] ?? {});
    turn += 1;
    return wireReply(reply, speak);
  }, options);
}

const jsonType = { 'content-type': 'application/json; charset=utf-8' };
const lineType = { 'content-type': 'application/x-ndjson' };

function json(body: Json): WireReply {
  return { headers: jsonType, body: JSON.stringify(body) };
}

function pull(model: string, models: Set<string> | undefined): WireReply {
  if (model.startsWith('missing'))
    return {
      headers: lineType,
      body: line({ status: 'pulling manifest' }) + line({ error: 'pull model manifest: file does not exist' }),
    };
  models?.add(model);
  const layer = { status: 'pulling 3e4cb1417446', digest: 'sha256:3e4cb1417446', total: 1000 };
  const steps = [
    { status: 'pulling manifest' },
    layer,
    { ...layer, completed: 400 },
    { ...layer, completed: 1000 },
    { status: 'verifying sha256 digest' },
    { status: 'writing manifest' },
    { status: 'success' },
  ];
  return { headers: lineType, body: steps.map(line).join('') };
}

function dialect(random: () => number, ids: boolean): Dialect {
  return {
    reply: (reply) => ({ headers: lineType, body: linesOf(reply, { random, ids }) }),
    refusal: (_status, message) => JSON.stringify({ error: message }),
    overloaded: line({ error: 'server busy, please try again.  maximum pending requests exceeded' }),
    garbage: '{"message":{"role":"assistant", oh no}\n',
  };
}

function linesOf(
  reply: ScriptedReply,
  { random, ids }: { readonly random: () => number; readonly ids: boolean },
): string {
  const { reasoning = '', text = '', calls = [], usage, stopReason } = reply;
  const messages: Json[] = [
    ...pieces(reasoning, random).map((thinking) => ({ role: 'assistant', content: '', thinking })),
    ...pieces(text, random).map((content) => ({ role: 'assistant', content })),
    ...calls.map(({ tool, input }, index) => ({
      role: 'assistant',
      content: '',
      tool_calls: [
        {
          ...(ids ? { id: `call_${Math.floor(random() * 2 ** 40).toString(36)}` } : {}),
          function: { index, name: tool, arguments: input },
        },
      ],
    })),
  ];
  const head = { model: 'loopback', created_at: '2026-01-01T00:00:00Z' };
  const counts = {
    prompt_eval_count: usage?.inputTokens ?? 1,
    eval_count: usage?.outputTokens ?? 1,
    total_duration: 1_000_000,
    eval_duration: 500_000,
  };
  const end = {
    ...head,
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: stopReason === 'length' ? 'length' : 'stop',
    ...counts,
  };
  return [...messages.map((message) => line({ ...head, message, done: false })), line(end)].join('');
}

function line(value: Json): string {
  return `${JSON.stringify(value)}\n`;
}
