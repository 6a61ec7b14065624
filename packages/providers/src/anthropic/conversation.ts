import type { Message, ToolCallPart, ToolMessage } from '@capstan/sdk/contract';
import { type Turn, turnKeeper } from '../wire/turns.ts';
import { type Block, blocksOf, isThinking, toolUseId } from './blocks.ts';

/** How long a cached prompt lives, as the API names it. */
export type CacheTtl = '5m' | '1h';

/**
 * Turns a conversation into the JSON text of the Messages API's `messages`.
 *
 * Neighbours of one role become one message, each call has its result in the very next message (a call without one gets
 * a failed one, a result without its call becomes text), and the last two user messages carry cache breakpoints.
 */
export function conversationJson(messages: readonly Message[], cache: CacheTtl | undefined): string {
  const { written, last } = turnsOf(messages);
  const marked = cache === undefined ? [] : last.filter((turn) => turn.role === 'user').slice(-2);
  const texts = last.map((turn) => turnJson(turn, marked.includes(turn) ? cache : undefined));
  return `[${[written, ...texts].filter(Boolean).join(',')}]`;
}

/** Adds a cache breakpoint to a block that is already JSON text. */
export function withBreakpoint(block: Block, ttl: CacheTtl): Block {
  const control = ttl === '5m' ? '{"type":"ephemeral"}' : `{"type":"ephemeral","ttl":"${ttl}"}`;
  return `${block.slice(0, -1)},"cache_control":${control}}`;
}

const turnsOf = turnKeeper({
  user: blocksOf,
  assistant: blocksOf,
  result: (message) => blocksOf(message).join(','),
  late: lateResult,
  missing: missingResult,
  turn: (turn) => turnJson(turn, undefined),
});

/** The API refuses an answer that ends in thinking, as one does that was cut there; one that is nothing else is no turn. */
function turnJson({ role, results, pieces }: Turn, cache: CacheTtl | undefined): string {
  const end = pieces.findLastIndex((block) => !isThinking(block)) + 1;
  const blocks = [...results, ...pieces.slice(0, end)];
  if (blocks.length === 0) return '';
  if (cache !== undefined) blocks.push(withBreakpoint(blocks.pop() ?? '{}', cache));
  return `{"role":"${role}","content":[${blocks.join(',')}]}`;
}

function missingResult({ callId }: ToolCallPart): Block {
  return JSON.stringify({
    type: 'tool_result',
    tool_use_id: toolUseId(callId),
    content: 'The call was interrupted and has no result.',
    is_error: true,
  });
}

function lateResult(message: ToolMessage): Block {
  const text = message.parts.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
  return JSON.stringify({ type: 'text', text: `Result of an earlier call of ${message.tool}:\n${text}` });
}
