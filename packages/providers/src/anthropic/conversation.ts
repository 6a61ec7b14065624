import type { AssistantMessage, Message, ToolMessage } from '@capstan/sdk/contract';
import { type Block, blocksOf, toolUseId } from './blocks.ts';

/** How long a cached prompt lives, as the API names it. */
export type CacheTtl = '5m' | '1h';

interface Turn {
  readonly role: 'user' | 'assistant';
  /** Results of the calls just before; the API wants them first and all of them. */
  readonly results: Block[];
  readonly blocks: Block[];
}

/**
 * Turns a conversation into the JSON text of the Messages API's `messages`.
 *
 * Neighbours of one role become one message, each call has its result in the very next message (a call without one gets
 * a failed one, a result without its call becomes text), and the last two user messages carry cache breakpoints.
 */
export function conversationJson(messages: readonly Message[], cache: CacheTtl | undefined): string {
  const turns = turnsOf(messages).filter((turn) => turn.results.length + turn.blocks.length > 0);
  const marked = cache === undefined ? [] : turns.filter((turn) => turn.role === 'user').slice(-2);
  const texts = turns.map((turn) => {
    const blocks = [...turn.results, ...turn.blocks];
    if (cache !== undefined && marked.includes(turn)) blocks.push(withBreakpoint(blocks.pop() ?? '{}', cache));
    return `{"role":"${turn.role}","content":[${blocks.join(',')}]}`;
  });
  return `[${texts.join(',')}]`;
}

/** Adds a cache breakpoint to a block that is already JSON text. */
export function withBreakpoint(block: Block, ttl: CacheTtl): Block {
  const control = ttl === '5m' ? '{"type":"ephemeral"}' : `{"type":"ephemeral","ttl":"${ttl}"}`;
  return `${block.slice(0, -1)},"cache_control":${control}}`;
}

function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  let open = new Map<string, string>();
  const turnOf = (role: Turn['role']): Turn => {
    const last = turns.at(-1);
    if (last?.role === role) return last;
    const turn: Turn = { role, results: [], blocks: [] };
    turns.push(turn);
    return turn;
  };
  const closeCalls = (): void => {
    if (open.size === 0) return;
    turnOf('user').results.push(...[...open.keys()].map(missingResult));
    open = new Map();
  };

  for (const message of messages) {
    if (message.role === 'assistant') {
      closeCalls();
      turnOf('assistant').blocks.push(...blocksOf(message));
      open = callsOf(message);
    } else if (message.role === 'user') {
      closeCalls();
      turnOf('user').blocks.push(...blocksOf(message));
    } else if (open.delete(message.callId)) {
      turnOf('user').results.push(...blocksOf(message));
    } else {
      turnOf('user').blocks.push(...lateResult(message));
    }
  }
  closeCalls();
  return turns;
}

function callsOf(message: AssistantMessage): Map<string, string> {
  const calls = new Map<string, string>();
  for (const part of message.parts) if (part.type === 'call') calls.set(part.callId, part.tool);
  return calls;
}

function missingResult(callId: string): Block {
  return JSON.stringify({
    type: 'tool_result',
    tool_use_id: toolUseId(callId),
    content: 'The call was interrupted and has no result.',
    is_error: true,
  });
}

/** A result whose call is no longer in the conversation would be refused as a result. */
function lateResult(message: ToolMessage): Block[] {
  const text = message.parts.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
  return [JSON.stringify({ type: 'text', text: `Result of an earlier call of ${message.tool}:\n${text}` })];
}
