import { toMicros } from '../budget/micros.ts';
import type { DurableEvent, RunEnded, ToolEnded } from '../contract/event.ts';
import type { ToolMessage } from '../contract/message.ts';
import type { EffectContext, Tool, ToolContext, ToolOutput } from '../contract/tool.ts';
import type { Usage } from '../contract/usage.ts';
import { CallPaused, parentOf } from '../loop/parent-call.ts';
import { emptySession, foldEvents } from '../session/fold.ts';
import type { Conductor } from './conductor.ts';

/** Tools with the schemas they have today and the effects, previews, patches and results that were recorded. */
export function recordedTools(
  tools: readonly Tool[],
  recorded: readonly DurableEvent[],
  conductor: Conductor,
  halt: (ended: RunEnded) => void,
): readonly Tool[] {
  return tools.map((tool): Tool => {
    const { name, description, input } = tool;
    return {
      name,
      description,
      input,
      ...(tool.untrusted ? { untrusted: true } : {}),
      ...(tool.idempotent ? { idempotent: true } : {}),
      ...(tool.reconcile ? { reconcile: (_, { callId }) => settledOf(recorded, callId) } : {}),
      timeoutMs: 2 ** 31 - 1,
      maxOutputBytes: Infinity,
      effects: (_, context) => effectsOf(recorded, context),
      preview: (_, context) => previewOf(recorded, context),
      execute: (_, context) => play(recorded, context, conductor, halt),
    };
  });
}

/** What a tool found out of a call whose process had died. */
function settledOf(recorded: readonly DurableEvent[], callId: string): ToolOutput | undefined {
  const result = resultOf(recorded, callId);
  return result?.interrupted ? undefined : result?.parts;
}

function effectsOf(recorded: readonly DurableEvent[], { callId }: EffectContext) {
  const decided = recorded.find((event) => event.type === 'tool.decided' && event.callId === callId);
  if (decided?.type === 'tool.decided') return decided.effects;
  // A call that failed before it was judged: its effects could not be told.
  throw new Error(wordsOf(callId === undefined ? undefined : resultOf(recorded, callId)));
}

function previewOf(recorded: readonly DurableEvent[], { callId }: EffectContext) {
  const asked = recorded.findLast((event) => event.type === 'approval.requested' && event.callId === callId);
  return asked?.type === 'approval.requested' ? asked.preview : ({ kind: 'text', text: 'not in the record' } as const);
}

async function play(
  recorded: readonly DurableEvent[],
  context: ToolContext,
  conductor: Conductor,
  halt: (ended: RunEnded) => void,
): Promise<ToolOutput> {
  const { callId } = context;
  for (;;) {
    const next = await conductor.until((event) => concerns(event, callId));
    if (next.type === 'turn.ended' || next.type === 'run.ended')
      return pausedOrCut(recorded, { context, conductor, halt });
    if (next.type === 'patch.created') {
      const { id, files, added, removed } = next;
      context.patched({ id, files, added, removed });
      await conductor.until((event) => event !== next);
      continue;
    }
    const result = resultOf(recorded, callId);
    if (next.type === 'tool.ended' && next.tainted) parentOf(context)?.taint();
    if (next.type === 'tool.ended' && next.usage) bookChild(context, next, next.usage);
    if (!result) throw new Error('The record has no result of this call.');
    if (result.interrupted) return interrupt(conductor, halt);
    if (result.failed) throw new Error(wordsOf(result));
    return result.parts;
  }
}

/** Whether an event tells how a call went on, or that the life of the run ended around it. */
function concerns(event: DurableEvent, callId: string): boolean {
  if (event.type === 'turn.ended' || event.type === 'run.ended') return true;
  const own = event.type === 'patch.created' || event.type === 'tool.ended';
  return own && event.callId === callId;
}

/** The record leaves the call open: its sub-agent waited for people, or its process died. */
function pausedOrCut(
  recorded: readonly DurableEvent[],
  play: {
    readonly context: ToolContext;
    readonly conductor: Conductor;
    readonly halt: (ended: RunEnded) => void;
  },
): Promise<never> {
  const ended = play.conductor.rest.find((event) => event.type === 'run.ended');
  if (ended?.type !== 'run.ended' || ended.reason !== 'approval') return interrupt(play.conductor, play.halt);
  if (!booked.has(ended)) bookPaused(play.context, recorded, ended);
  booked.add(ended);
  throw new CallPaused([]);
}

/** Ends of lives whose paused sub-agents were booked. */
const booked = new WeakSet<DurableEvent>();

/** Books what paused sub-agents had used: what the end of the life counts and no event before it does. */
function bookPaused(context: ToolContext, recorded: readonly DurableEvent[], ended: DurableEvent & RunEnded): void {
  const { run } = foldEvents(emptySession(), recorded.slice(0, recorded.indexOf(ended)));
  if (!run) return;
  const counted = run.usage as unknown as Readonly<Record<string, unknown>>;
  const left = Object.entries(ended.usage).map(([kind, tokens]: [string, unknown]) => {
    const before = counted[kind];
    return [kind, typeof tokens === 'number' && typeof before === 'number' ? tokens - before : tokens];
  });
  const turns = ended.turns - run.turns - run.childTurns;
  if (turns === 0) return;
  const costUsd =
    ended.costUsd === undefined || run.costUsd === undefined ? {} : { costUsd: ended.costUsd - run.costUsd };
  bookChild(context, { ...costUsd, turns }, Object.fromEntries(left) as unknown as Usage);
}

function wordsOf(result: ToolMessage | undefined): string {
  return (result?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Books what a sub-agent used; its own run is not played. */
function bookChild(
  context: ToolContext,
  { costUsd, turns = 0 }: Pick<ToolEnded, 'costUsd' | 'turns'>,
  usage: Usage,
): void {
  const parent = parentOf(context);
  const micros = costUsd === undefined ? 0 : toMicros(costUsd);
  parent?.ledger.spend({ micros, tokens: usage.inputTokens + usage.outputTokens });
  parent?.ledger.recount({ turns, toolCalls: 0 });
  parent?.spent(usage, costUsd, turns);
}

function interrupt(conductor: Conductor, halt: (ended: RunEnded) => void): Promise<never> {
  const ended = conductor.rest.find((event) => event.type === 'run.ended');
  if (ended?.type === 'run.ended') halt(ended);
  return new Promise(() => {});
}

function resultOf(recorded: readonly DurableEvent[], callId: string): ToolMessage | undefined {
  for (const event of recorded) {
    if (event.type === 'message.added' && event.message.role === 'tool' && event.message.callId === callId)
      return event.message;
    // Of a call whose result waited for an earlier one when the record ends.
    if (event.type === 'tool.ended' && event.callId === callId && event.result) {
      const { tool, result: parts, failed } = event;
      return { role: 'tool', callId, tool, parts, ...(failed ? { failed } : {}) };
    }
  }
  return undefined;
}
