import type { ApprovalRequested, Run, RunEvent, RunResult } from '@capstan/sdk/contract';
import type { Interrupt, Io } from '../frame/io.ts';
import type { AlwaysOffer } from '../project/live-policy.ts';
import type { Approver, ApproverContext } from './approver.ts';
import { RunTally } from './run-tally.ts';

export interface DriveOptions {
  readonly io: Io;
  /** Shows an event; the next one waits for it. */
  readonly show: (event: RunEvent) => Promise<void>;
  /** Called at the first interrupt. */
  readonly onInterrupt?: (interrupt: Interrupt) => void;
  readonly approver?: Approver | undefined;
  /** Gives what a standing approval of a call would allow. */
  readonly always?: (callId: string) => AlwaysOffer | undefined;
}

export interface DrivenRun {
  readonly result: RunResult;
  readonly tally: RunTally;
  readonly interrupt?: Interrupt;
}

/** Follows a run to its end: shows its events, answers its approvals, stops it at an interrupt. */
export async function driveRun(run: Run, options: DriveOptions): Promise<DrivenRun> {
  const { io, show, approver, onInterrupt } = options;
  const tally = new RunTally();
  const ended = new AbortController();
  const seen: { interrupt?: Interrupt } = {};
  void run.result.finally(() => ended.abort());
  const release = io.onInterrupt((interrupt) => {
    seen.interrupt = interrupt;
    onInterrupt?.(interrupt);
    ended.abort();
    void run.stop(interrupt);
  });
  try {
    for await (const event of run) {
      tally.push(event);
      await show(event);
      const asked = requestIn(event);
      if (asked && approver)
        await answer(run, asked, approver, { signal: ended.signal, always: options.always?.(asked.callId) });
    }
    return { result: await run.result, tally, ...seen };
  } finally {
    release();
  }
}

/** What people are asked, by the run itself or by an agent that works for it. */
function requestIn(event: RunEvent): (RunEvent & ApprovalRequested) | undefined {
  if (event.type === 'approval.requested') return event;
  return event.type === 'child' ? requestIn(event.event) : undefined;
}

async function answer(
  run: Run,
  request: ApprovalRequested,
  approver: Approver,
  context: ApproverContext,
): Promise<void> {
  const { callId } = request;
  const { signal } = context;
  const reply = await approver(request, context);
  if (signal.aborted) return;
  switch (reply.kind) {
    case 'approve':
      for (const by of reply.by) run.approve(callId, { by });
      return;
    case 'deny':
      return run.deny(callId, { by: reply.by, ...(reply.reason === undefined ? {} : { reason: reply.reason }) });
    case 'stop':
      void run.stop('stopped at an approval');
      return;
    default:
      reply satisfies never;
  }
}
