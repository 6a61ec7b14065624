import type { Json, ModelEvent, ProviderState } from '@capstan/sdk/contract';
import { type Block, callBlock, isOwn, opaqueBlock, ownFields, signatureOf, stateBeside } from './anthropic-blocks.ts';
import { anthropicUsage, stopReasonOf } from './anthropic-encode.ts';
import { anthropicError } from './anthropic-failure.ts';
import type { ReplyContext, StreamEncoder } from './dialect.ts';
import { replayParts } from './replay-parts.ts';

type Delta<T> = ModelEvent & { readonly type: T };

interface Open {
  readonly kind: 'text' | 'thinking' | 'call';
  readonly index: number;
  readonly callId?: string;
  /** Of a thought: its signature was told. */
  signed?: boolean;
}

/** Streams a message as the Messages API does: blocks one after another, each opened and closed. */
export function anthropicStream(context: ReplyContext): StreamEncoder {
  let open: Open | undefined;
  /** Other vendors' states that only count before another block: clients take the last block for the answer. */
  let owed: Block[] = [];
  let blocks = 0;
  let begun = false;
  let said = false;

  function begin(): string {
    if (begun) return '';
    begun = true;
    const message = {
      id: `msg_${context.id}`,
      type: 'message',
      role: 'assistant',
      model: context.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 0, output_tokens: 0 },
    };
    return frame('message_start', { message });
  }

  function start(kind: Open['kind'], block: Block, callId?: string): string {
    let text = close();
    const late = owed;
    owed = [];
    for (const one of late) text += whole(one);
    open = { kind, index: blocks, ...(callId === undefined ? {} : { callId }) };
    blocks += 1;
    return text + frame('content_block_start', { index: open.index, content_block: block });
  }

  function close(): string {
    if (!open) return '';
    const { index, kind, signed } = open;
    const bare = kind === 'thinking' && !signed ? piece('signature_delta', 'signature', signatureOf(undefined)) : '';
    open = undefined;
    return bare + frame('content_block_stop', { index });
  }

  /** A block that comes whole. */
  function whole(block: Block): string {
    return start('text', block) + close();
  }

  function piece(type: string, field: string, text: string): string {
    const delta = `{"type":"${type}","${field}":${JSON.stringify(text)}}`;
    return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${open?.index ?? 0},"delta":${delta}}\n\n`;
  }

  function text({ text: words, provider }: Delta<'text.delta'>): string {
    let out = '';
    if (words !== '') {
      if (open?.kind !== 'text') {
        const before = stateBeside(provider, 'next');
        if (before) out += whole(before);
        out += start('text', { type: 'text', text: '' });
        out += piece('text_delta', 'text', words);
        return provider ? out + cite(provider) + close() : out;
      }
      out += piece('text_delta', 'text', words);
    }
    if (!provider || open?.kind !== 'text') return out;
    out += cite(provider) + close();
    const beside = stateBeside(provider, 'last');
    if (beside) owed.push(beside);
    return out;
  }

  function cite(provider: ProviderState): string {
    const { citations } = ownFields(provider);
    if (!Array.isArray(citations)) return '';
    const index = open?.index;
    return citations
      .map((citation: Json) => frame('content_block_delta', { index, delta: { type: 'citations_delta', citation } }))
      .join('');
  }

  function reasoning({ text: words, provider }: Delta<'reasoning.delta'>): string {
    let out = '';
    if (words !== '') {
      if (open?.kind !== 'thinking') out += start('thinking', { type: 'thinking', thinking: '', signature: '' });
      out += piece('thinking_delta', 'thinking', words);
    }
    if (!provider) return out;
    if (open?.kind === 'thinking') return out + sign(signatureOf(provider));
    const { signature } = ownFields(provider);
    if (typeof signature === 'string')
      return out + start('thinking', { type: 'thinking', thinking: '', signature: '' }) + sign(signature);
    out += close();
    if (isOwn(provider)) return out + whole(opaqueBlock(provider));
    owed.push(opaqueBlock(provider));
    return out;
  }

  function sign(signature: string): string {
    if (open) open.signed = true;
    return piece('signature_delta', 'signature', signature) + close();
  }

  function call({ callId, tool, json, provider }: Delta<'tool.delta'>): string {
    let out = '';
    if (open?.callId !== callId) out += start('call', { ...callBlock(callId, tool, provider), input: {} }, callId);
    return json === '' ? out : out + piece('input_json_delta', 'partial_json', json);
  }

  function delta(event: ModelEvent): string {
    if (event.type === 'text.delta') return text(event);
    if (event.type === 'reasoning.delta') return reasoning(event);
    return event.type === 'tool.delta' ? call(event) : '';
  }

  function end({ message, stopReason, usage }: Delta<'message'>): string {
    const parts = said ? begin() : begin() + replayParts(message).map(delta).join('');
    const counts = usage ? anthropicUsage(usage) : { output_tokens: 0 };
    const delta_ = { stop_reason: stopReasonOf(stopReason), stop_sequence: null };
    return parts + close() + frame('message_delta', { delta: delta_, usage: counts }) + frame('message_stop', {});
  }

  return {
    contentType: 'text/event-stream; charset=utf-8',
    keepAlive: 'event: ping\ndata: {"type":"ping"}\n\n',
    encode(event) {
      if (event.type === 'message') return end(event);
      if (event.type === 'switch') return '';
      said = true;
      return begin() + delta(event);
    },
    fail: (failure) => frame('error', { error: anthropicError(failure), request_id: failure.requestId }),
  };
}

function frame(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
