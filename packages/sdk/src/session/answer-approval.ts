import { CapstanError } from '../contract/errors.ts';
import type { Answer } from '../contract/run.ts';
import type { RunStore } from '../contract/store.ts';
import { emptySession, foldEvents } from './fold.ts';

/**
 * Keeps one person's answer to a call that a paused run waits on, from any process that shares the store. The run goes on
 * when it is resumed; several people may answer before that.
 *
 * @throws {CapstanError} `not_found` if no such call waits, `conflict` if the run is not paused or another answer came
 *   first.
 */
export async function answerApproval(store: RunStore, runId: string, callId: string, answer: Answer): Promise<void> {
  const sessionId = await store.sessionOf(runId);
  const state = foldEvents(emptySession(), sessionId === undefined ? [] : await store.read(sessionId));
  const open = state.open.find((each) => each.call.callId === callId && each.requested);
  if (sessionId === undefined || state.run?.runId !== runId || !open) {
    throw new CapstanError('not_found', `No call ${callId} of run ${runId} waits for approval.`, { where: callId });
  }
  if (state.run.ended?.reason !== 'approval') {
    throw new CapstanError(
      'conflict',
      `Run ${runId} is under way or was cut off, not paused: answer where it runs, or resume it.`,
      { where: runId },
    );
  }
  const alone = state.run.started.people?.alone === true;
  if (!alone && answer.verdict === 'approved' && open.approvedBy.includes(answer.by)) return;
  const header = { v: 1, seq: state.lastSeq + 1, at: Date.now(), sessionId, runId } as const;
  await store.append(sessionId, state.lastSeq, [{ ...header, type: 'approval.given', callId, ...answer }]);
}
