import type { DurableBody } from '../contract/event.ts';
import type { Message } from '../contract/message.ts';
import { estimateRequest } from '../budget/estimate.ts';
import { compactMessages, trimMessage } from './compact-messages.ts';
import type { LoopContext } from './context.ts';
import { hookedSummary, mayCompact } from './hooks.ts';
import { summarise } from './summarise.ts';

/** Part of the context window at which old messages are compacted, and to which they are. */
const full = 0.8;
const room = 0.5;
/** Tokens kept free for the reply when the model does not tell its output limit. */
const replyTokens = 8192;
/** Messages at the end that are never touched. */
const keptMessages = 4;

/** Why a conversation is made smaller: it nears the window, the vendor said it is too long, or somebody asked. */
export type FitReason = 'window' | 'overflow' | 'asked';

/**
 * Keeps the conversation inside the model's window. Cheap things first: old tool outputs are cut and old images left
 * out; if that does not make room, old turns are replaced by a summary. A call is never parted from its result.
 *
 * When the vendor said that the request is too long, our count is not believed; when somebody asked, all but the last
 * message is summarised.
 */
export async function fitContext(context: LoopContext, why: FitReason = 'window'): Promise<DurableBody | undefined> {
  const limit = window(context) ?? Infinity;
  // Most turns need no count: a model that does not tell its window is asked until it refuses.
  if (why === 'window' && limit === Infinity) return undefined;
  const before = count(context);
  if (why === 'window' && before <= limit * full) return undefined;
  const target = why === 'asked' ? 0 : (why === 'overflow' ? Math.min(limit, before) : limit) * room;
  if (!(await mayCompact(context, context.messages))) return undefined;
  const trim = lightest(context, before, target);
  const { lighter, after, trimmed } = trim;
  const dropped = after <= target ? 0 : cutBefore(lighter, sizeOf(lighter) - (after - target));
  if (dropped === 0 && after >= before) return undefined;
  const told = dropped > 0 ? await summarise(context, lighter.slice(0, dropped)) : { summary: '' };
  const worked = { trimmed, ...(trim.imagesOnly ? { imagesOnly: true as const } : {}), dropped, summary: told.summary };
  const compaction = { ...worked, summary: await hookedSummary(context, worked) };
  compactMessages(context.messages, compaction);
  context.tally.forget();
  const counts = { tokensBefore: before, tokensAfter: count(context) };
  return { type: 'context.compacted', ...counts, ...told, ...compaction };
}

/** Leaves old images out and, when that does not make room, cuts old tool outputs too. */
function lightest(context: LoopContext, before: number, target: number) {
  const { messages } = context;
  const trimmed = Math.max(0, messages.length - keptMessages);
  const size = sizeOf(messages);
  const trim = (imagesOnly: boolean) => {
    const lighter = messages.map((message, i) => (i < trimmed ? trimMessage(message, imagesOnly) : message));
    return { lighter, trimmed, imagesOnly, after: before - size + sizeOf(lighter) };
  };
  const without = trim(true);
  return without.after <= target ? without : trim(false);
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
