import type { Json } from '@capstan/sdk/contract';
import { finishReasons, wireUsage } from './chat-wire.ts';
import type { WireReply } from './loopback.ts';
import type { ScriptedReply } from './scripted-reply.ts';

type Make = (prefix: string) => string;

/** Writes a reply of Chat Completions that was not asked for as a stream. */
export function wholeChat({ reasoning, text, calls = [], stopReason, usage }: ScriptedReply, makeId: Make): WireReply {
  const made = calls.map(({ tool, input }) => ({
    id: makeId('call_'),
    type: 'function',
    function: { name: tool, arguments: JSON.stringify(input) },
  }));
  const message = {
    role: 'assistant',
    content: text ?? null,
    refusal: null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(made.length > 0 ? { tool_calls: made } : {}),
  };
  const reason = finishReasons[stopReason ?? (calls.length > 0 ? 'tools' : 'end')];
  return json({
    id: makeId('chatcmpl-'),
    object: 'chat.completion',
    created: 1_767_225_600,
    model: 'loopback-1',
    choices: [{ index: 0, message, logprobs: null, finish_reason: reason }],
    ...(usage ? { usage: wireUsage(usage) } : {}),
  });
}

/** Takes the whole response out of its stream, whose last event holds it. */
export function wholeResponse({ body }: WireReply): WireReply {
  const last = String(body).trimEnd().split('data: ').at(-1) ?? '{}';
  return json((JSON.parse(last) as { readonly response: Json }).response);
}

/** Puts a message of Anthropic together from its stream. */
export function wholeMessage({ body, headers }: WireReply): WireReply {
  let message: { [field: string]: Json } = {};
  const content: { [field: string]: Json }[] = [];
  for (const event of eventsOf(String(body))) {
    const index = Number(event['index'] ?? 0);
    if (event['type'] === 'message_start') message = { ...(event['message'] as object) };
    if (event['type'] === 'content_block_start') content[index] = { ...(event['content_block'] as object) };
    if (event['type'] === 'content_block_delta')
      grow(content[index] ?? {}, event['delta'] as { readonly [name: string]: Json });
    if (event['type'] === 'message_delta') Object.assign(message, event['delta'], { usage: event['usage'] });
  }
  for (const block of content) {
    const { input } = block;
    if (typeof input === 'string') block['input'] = JSON.parse(input || '{}') as Json;
  }
  return json({ ...message, content }, headers);
}

function grow(block: { [field: string]: Json }, { type: _, ...delta }: { readonly [name: string]: Json }): void {
  for (const [name, value] of Object.entries(delta)) {
    const field = name === 'partial_json' ? 'input' : name;
    const before = block[field];
    block[field] = `${typeof before === 'string' ? before : ''}${value as string}`;
  }
}

/** Puts a reply of Gemini together from its stream: all parts, and what the last chunk says. */
export function wholeGenerated({ body }: WireReply): WireReply {
  const chunks = eventsOf(String(body));
  const candidates = chunks.map((chunk) => (chunk['candidates'] as unknown as readonly Candidate[])[0]);
  const parts = candidates.flatMap((candidate) => candidate?.content.parts ?? []);
  const last = candidates.at(-1) ?? {};
  return json({ ...chunks.at(-1), candidates: [{ ...last, content: { role: 'model', parts } }] });
}

interface Candidate {
  readonly content: { readonly parts: readonly Json[] };
}

function eventsOf(stream: string): { readonly [field: string]: Json }[] {
  return stream
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as { readonly [field: string]: Json });
}

function json(body: Json, headers: WireReply['headers'] = {}): WireReply {
  return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
