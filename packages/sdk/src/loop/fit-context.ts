import type { DurableBody } from '../contract/event.ts';
import type { Message } from '../contract/message.ts';
import { estimateRequest } from '../budget/estimate.ts';
import { compactMessages, trimMessage } from './compact-messages.ts';
import type { LoopContext } from './context.ts';
import { mayCompact } from './hooks.ts';
import { summarise } from './summarise.ts';

/** Part of the context window at which old messages are compacted, and to which they are. */
const full = 0.8;
const room = 0.5;
/** Tokens kept free for the reply when the model does not tell its output limit. */
const replyTokens = 8192;
/** Messages at the end that are never touched. */
const keptMessages = 4;

/**
 * Keeps the conversation inside the model's window. Cheap things first: old tool outputs are cut and old images left
 * out; if that does not make room, old turns are replaced by a summary. A call is never parted from its result.
 *
 * @param forced The vendor has said that the request is too long, whatever our count says.
 */
export async function fitContext(context: LoopContext, forced = false): Promise<DurableBody | undefined> {
  const limit = window(context);
  if (limit === undefined && !forced) return undefined;
  const before = count(context);
  const target = (limit ?? before) * room;
  if (!forced && before <= (limit ?? Infinity) * full) return undefined;
  if (!(await mayCompact(context, context.messages))) return undefined;
  const trimmed = Math.max(0, context.messages.length - keptMessages);
  const lighter = context.messages.map((message, i) => (i < trimmed ? trimMessage(message) : message));
  const after = before - sizeOf(context.messages) + sizeOf(lighter);
  const dropped = after <= target ? 0 : cutBefore(lighter, sizeOf(lighter) - (after - target));
  if (dropped === 0 && after >= before) return undefined;
  const told = dropped > 0 ? await summarise(context, lighter.slice(0, dropped)) : { summary: '' };
  const compaction = { trimmed, dropped, summary: told.summary };
  compactMessages(context.messages, compaction);
  context.tally.forget();
  return { type: 'context.compacted', tokensBefore: before, tokensAfter: count(context), ...compaction, ...told };
}

/** Tokens a prompt may have, leaving room for the reply; undefined when the model does not tell its window. */
function window({ model: { info } }: LoopContext): number | undefined {
  if (info.contextWindow === undefined) return undefined;
  return info.contextWindow - Math.min(info.maxOutputTokens ?? replyTokens, info.contextWindow / 4);
}

function count({ tally, instructions = '', messages, tools }: LoopContext): number {
  const request = { instructions, messages, tools: [...tools.values()].map((each) => each.spec) };
  return Math.ceil(tally.estimate(request));
}

function sizeOf(messages: readonly Message[]): number {
  return estimateRequest({ messages, tools: [] });
}

/** How many messages to drop so that those left fit, cutting where no call is parted from its result. */
function cutBefore(messages: readonly Message[], fits: number): number {
  const last = messages.length - 1;
  let size = 0;
  let cut = 0;
  for (let i = last; i > 0; i--) {
    size += sizeOf([messages[i] as Message]);
    if (messages[i]?.role === 'tool') continue;
    if (size > fits && cut > 0) return cut;
    cut = i;
    if (size > fits) return cut;
  }
  return cut;
}
