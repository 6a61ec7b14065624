import type { Json, StopReason } from '@capstan/sdk/contract';
import type { WireReply } from './loopback.ts';
import type { ScriptedReply } from './scripted-reply.ts';

/** Why a reply ended, in the words of Chat Completions. */
export const finishReasons: { readonly [reason in StopReason]: string } = {
  end: 'stop',
  tools: 'tool_calls',
  length: 'length',
  pause: 'stop',
  refusal: 'content_filter',
};

/** Writes a reply as a Chat Completions stream, its text and arguments cut at random. */
export function chatReply(reply: ScriptedReply, random: () => number): WireReply {
  const { reasoning, text, calls = [], usage } = reply;
  const id = `chatcmpl-${Math.floor(random() * 2 ** 48).toString(36)}`;
  const chunk = (fields: { readonly [field: string]: Json }): string =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: 1_767_225_600, model: 'loopback-1', ...fields })}\n\n`;
  const delta = (piece: Json, finish: Json = null): string =>
    chunk({ choices: [{ index: 0, delta: piece, logprobs: null, finish_reason: finish }], usage: null });
  const frames = [delta({ role: 'assistant', content: '', refusal: null })];
  for (const piece of cut(reasoning, random)) frames.push(delta({ reasoning_content: piece }));
  for (const piece of cut(text, random)) frames.push(delta({ content: piece }));
  for (const [index, { tool, input }] of calls.entries()) {
    const callId = `call_${Math.floor(random() * 2 ** 52)
      .toString(36)
      .padStart(12, '0')}`;
    frames.push(
      delta({ tool_calls: [{ index, id: callId, type: 'function', function: { name: tool, arguments: '' } }] }),
    );
    for (const piece of cut(JSON.stringify(input), random))
      frames.push(delta({ tool_calls: [{ index, function: { arguments: piece } }] }));
  }
  frames.push(delta({}, finishReasons[reply.stopReason ?? (calls.length > 0 ? 'tools' : 'end')]));
  if (usage) frames.push(chunk({ choices: [], usage: wireUsage(usage) }));
  frames.push('data: [DONE]\n\n');
  return {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_loopback' },
    body: frames.join(''),
  };
}

/** Counts as Chat Completions reports them. */
export function wireUsage(usage: NonNullable<ScriptedReply['usage']>): Json {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cachedInputTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedInputTokens } }),
    ...(reasoningTokens === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

/** Cuts text at random, never inside a character. */
export function cut(text: string | undefined, random: () => number): string[] {
  const characters = [...(text ?? '')];
  const pieces: string[] = [];
  for (let from = 0; from < characters.length;) {
    const size = 1 + Math.floor(random() * 12);
    pieces.push(characters.slice(from, from + size).join(''));
    from += size;
  }
  return pieces;
}
