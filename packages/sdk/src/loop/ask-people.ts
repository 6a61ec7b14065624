import type { Preview } from '../contract/tool.ts';
import type { Verdict } from './approvals.ts';
import type { LoopContext } from './context.ts';
import type { ReadyCall } from './decide-call.ts';
import { messageOf } from './message-of.ts';
import { sha256 } from './sha256.ts';

/** How long an approval holds. */
const approvalHolds = 24 * 60 * 60 * 1000;

/**
 * Asks people about a call and waits for their answer. What they approve is what they were shown: when the arguments,
 * the preview or the day have changed, they are asked again.
 *
 * @param waiting Called once the call does nothing but wait.
 */
export async function askPeople(context: LoopContext, ready: ReadyCall, waiting: () => void): Promise<Verdict> {
  let { asked } = ready;
  for (;;) {
    const preview = await previewOf(context, ready);
    const shown = fingerprint(ready, preview);
    if (asked && (asked.shown !== shown || asked.expiresAt <= context.now())) asked = undefined;
    const expiresAt = asked?.expiresAt ?? context.now() + approvalHolds;
    const verdict = await ask(context, ready, { asked, preview, shown, expiresAt, waiting });
    if (verdict.kind !== 'approved') return verdict;
    if (fingerprint(ready, await previewOf(context, ready)) === shown && context.now() < expiresAt) return verdict;
    asked = undefined;
  }
}

interface Question {
  readonly asked: ReadyCall['asked'];
  readonly preview: Preview;
  readonly shown: string;
  readonly expiresAt: number;
  readonly waiting: () => void;
}

async function ask(context: LoopContext, { call, decision }: ReadyCall, question: Question): Promise<Verdict> {
  const { callId, tool } = call;
  const { asked, preview, shown, expiresAt, waiting } = question;
  const { rule, reason } = decision;
  const approvals = asked?.approvals ?? decision.approvals;
  const given: Promise<void>[] = [];
  const verdict = context.approvals.open(callId, {
    rule: { approvals, ...context.people },
    approvedBy: asked?.approvedBy ?? [],
    stateOf: context.approvalState,
    onAnswer(answer, standIn) {
      const event = {
        type: 'approval.given',
        callId,
        ...answer,
        ...(standIn ? { standIn: true as const } : {}),
      } as const;
      given.push(context.outbox.record(event));
    },
  });
  if (!asked) {
    const request = {
      type: 'approval.requested',
      callId,
      tool,
      preview,
      reason,
      rule,
      approvals,
      shown,
      expiresAt,
    } as const;
    await context.outbox.record(request);
  }
  const known = asked && context.answers[callId];
  if (known) context.approvals.answer(callId, known);
  waiting();
  const settled = await verdict;
  await Promise.all(given);
  return settled;
}

function fingerprint({ call }: ReadyCall, preview: Preview): string {
  return sha256(JSON.stringify([call.tool, call.json, preview]));
}

async function previewOf(context: LoopContext, { tool, input, call }: ReadyCall): Promise<Preview> {
  try {
    const { signal, sessionId } = context;
    if (tool.preview) return await tool.preview(input, { signal, sessionId, callId: call.callId });
  } catch (error) {
    return { kind: 'text', text: `${call.tool} ${call.json}\n(no preview: ${messageOf(error)})` };
  }
  return { kind: 'text', text: `${call.tool} ${call.json}` };
}
