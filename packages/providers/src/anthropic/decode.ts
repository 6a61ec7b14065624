import { type AssistantPart, CapstanError, type ModelEvent, type StopReason } from '@capstan/sdk/contract';
import { type Asked, errorFromEvent } from '../wire/http-error.ts';
import { parseEvent } from '../wire/json.ts';
import { type Fields, fieldsOf, listOf, textOf } from '../wire/shape.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';
import { firstDelta, growBlock, openBlock, type OpenBlock, partsOf } from './open-block.ts';
import { laterUsage, usageOf } from './usage.ts';

/**
 * Makes a decoder for one reply of the Messages API (https://platform.claude.com/docs/en/build-with-claude/streaming,
 * 2026-11-21).
 *
 * @param options.outputTool A tool whose arguments are the answer itself: its call is given as text.
 */
export function messageDecoder(
  asked: Asked,
  { outputTool }: { readonly outputTool?: string | undefined } = {},
): ReplyDecoder {
  const entries: OpenBlock[] = [];
  const byIndex = new Map<unknown, OpenBlock>();
  let usage: Fields = {};
  let stopReason = '';
  let begun: string | undefined;

  const isOutput = ({ block }: OpenBlock): boolean => outputTool !== undefined && block['name'] === outputTool;

  function piece(entry: OpenBlock, json: string): ModelEvent {
    if (isOutput(entry)) return { type: 'text.delta', text: json };
    const told = { callId: textOf(entry.block['id']), tool: textOf(entry.block['name']), json };
    const provider = entry.told ? undefined : partsOf(entry)[0]?.provider;
    entry.told = true;
    return { type: 'tool.delta', ...told, ...(provider ? { provider } : {}) };
  }

  function start(index: unknown, block: Fields): ModelEvent | undefined {
    const entry = openBlock(block);
    entries.push(entry);
    byIndex.set(index, entry);
    return firstDelta(entry);
  }

  /** A call without arguments streams no piece; its pieces still have to join to its JSON. */
  function stop(index: unknown): ModelEvent | undefined {
    const entry = byIndex.get(index);
    if (!entry) return undefined;
    entry.stopped = true;
    if (entry.type !== 'tool_use') return endOf(entry);
    if (entry.text !== '') return undefined;
    entry.text = JSON.stringify(entry.block['input'] ?? {});
    return piece(entry, entry.text);
  }

  /** State is known once the block is whole. */
  function endOf(entry: OpenBlock): ModelEvent | undefined {
    const [part] = partsOf(entry);
    if (!part?.provider || part.type === 'call') return undefined;
    return { type: `${part.type}.delta`, text: '', provider: part.provider };
  }

  function close(): ModelEvent {
    const parts = entries.flatMap((entry): AssistantPart[] =>
      isOutput(entry) ? [{ type: 'text', text: entry.text }] : partsOf(entry),
    );
    const counted = usageOf(usage);
    const message = { role: 'assistant' as const, parts };
    return {
      type: 'message',
      message,
      stopReason: stopReasonOf(stopReason, parts),
      ...(counted ? { usage: counted } : {}),
    };
  }

  /** A message that is not streamed, or the blocks that are there from the start: calls made by code at Anthropic. */
  function takeWhole({ usage: counted, content, stop_reason: reason }: Fields, out: ModelEvent[]): void {
    usage = fieldsOf(counted);
    stopReason = textOf(reason);
    for (const [index, block] of listOf(content).entries()) {
      for (const made of [start(index, fieldsOf(block)), stop(index)]) if (made) out.push(made);
    }
  }

  /** A gateway that lost its upstream may begin anew in the middle; what was told cannot be taken back. */
  function begin(message: Fields, out: ModelEvent[]): void {
    const id = textOf(message['id']);
    if (begun !== undefined && begun !== id) throw spliced(asked);
    if (begun !== undefined) return;
    begun = id;
    takeWhole(message, out);
  }

  function read(event: Fields, out: ModelEvent[]): ModelEvent | undefined {
    switch (event['type']) {
      case 'content_block_delta': {
        const entry = byIndex.get(event['index']);
        return entry && growBlock(entry, fieldsOf(event['delta']), piece);
      }
      case 'content_block_start':
        return start(event['index'], fieldsOf(event['content_block']));
      case 'content_block_stop':
        return stop(event['index']);
      case 'message_start':
        begin(fieldsOf(event['message']), out);
        return undefined;
      case 'message_delta':
        stopReason = textOf(fieldsOf(event['delta'])['stop_reason']) || stopReason;
        usage = laterUsage(usage, fieldsOf(event['usage']));
        return undefined;
      case 'message_stop':
        return close();
      case 'message':
        takeWhole(event, out);
        return close();
      case 'error':
        throw errorFromEvent(event, asked);
      default:
        return undefined;
    }
  }

  return {
    push({ data }, out) {
      if (data === '') return;
      const made = read(fieldsOf(parseEvent(data, asked.model)), out);
      if (made) out.push(made);
    },
    end() {
      if (begun === undefined) return 'it lacks message_start, its first event';
      if (entries.some(({ stopped }) => !stopped)) return 'it lacks the end of a content block and message_stop';
      return stopReason === '' ? 'it lacks the stop reason and message_stop' : 'it lacks message_stop';
    },
    usage: () => usageOf(usage),
  };
}

function spliced({ model }: Asked): CapstanError {
  const text = `${model} began another message in the middle of its reply. Try again.`;
  return new CapstanError('model_failed', text, { retryable: true, model, where: 'stream' });
}

function stopReasonOf(reason: string, parts: readonly AssistantPart[]): StopReason {
  switch (reason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'pause_turn':
      return 'pause';
    case 'refusal':
      return 'refusal';
    default:
      return parts.some((part) => part.type === 'call') ? 'tools' : 'end';
  }
}
