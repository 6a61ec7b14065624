import type { DurableEvent, RunEnded } from '../contract/event.ts';
import type { ToolMessage } from '../contract/message.ts';
import type { EffectContext, Tool, ToolContext, ToolOutput } from '../contract/tool.ts';
import { parentOf } from '../loop/parent-call.ts';
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
  return decided?.type === 'tool.decided' ? decided.effects : [{ kind: 'unknown', note: 'not in the record' } as const];
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
    const next = await conductor.until(
      (event) =>
        'callId' in event && event.callId === callId && (event.type === 'patch.created' || event.type === 'tool.ended'),
    );
    if (next.type === 'patch.created') {
      const { id, files, added, removed } = next;
      context.patched({ id, files, added, removed });
      await conductor.until((event) => event !== next);
      continue;
    }
    const result = resultOf(recorded, callId);
    if (next.type === 'tool.ended' && next.usage) parentOf(context)?.spent(next.usage, next.costUsd);
    if (!result) throw new Error('The record has no result of this call.');
    if (result.interrupted) return interrupt(conductor, halt);
    if (result.failed) throw new Error(result.parts.map((part) => (part.type === 'text' ? part.text : '')).join(''));
    return result.parts;
  }
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
  }
  return undefined;
}
