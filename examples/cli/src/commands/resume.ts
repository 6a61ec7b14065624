import { Command } from 'commander';
import {
  CapstanError,
  type Answer,
  type ApprovalRequested,
  type DurableEvent,
  type RunStore,
} from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { rootOf } from '../project/open-project.ts';
import { approverOf } from '../run/approver-of.ts';
import type { Approver } from '../run/approver.ts';
import { keptSession } from '../run/find-session.ts';
import { openRun } from '../run/open-run.ts';
import { openRequests } from '../run/open-requests.ts';
import { planRun } from '../run/plan-run.ts';
import { withRunOptions, type RunFlags } from '../run/run-settings.ts';
import { startRun } from '../run/start-run.ts';
import { withKeptStore } from '../run/with-kept-store.ts';

const help = `
Examples:
  capstan resume            answer what the last run waits for, and go on
  capstan resume --yes      approve it, and go on
  capstan resume 01JB2…     go on with that run, stopped or cut off`;

/** `capstan resume`: goes on with a run that waits for an approval, was stopped, or whose process died. */
export function command(cli: Cli): Command {
  const resume = withGlobals(withRunOptions(new Command('resume')))
    .description('Go on with a run that waits or was cut off')
    .argument('[run]', 'id of the run or of its session (default: the last run)')
    .addHelpText('after', help);
  return resume.action(async (wanted: string | undefined, { dryRun }: RunFlags) => {
    if (dryRun) {
      const found = await withKeptStore(rootOf(cli, globalsOf(cli, resume)), (store) => findRun(store, wanted));
      return cli.finish('resume', await planRun(cli, resume, { task: `Go on with run ${found.runId}.` }));
    }
    const setup = await openRun(cli, resume);
    try {
      const { runId, sessionId } = await findRun(setup.store, wanted);
      const events = await setup.store.read(sessionId);
      refuseByHand(events, runId);
      const requests = openRequests(events, runId);
      const answers = await answersTo(requests, approverOf(setup));
      const start = startRun({ ...setup, start: (agent, options) => agent.resume(runId, { ...options, answers }) });
      cli.finish('resume', (await start).outcome);
    } finally {
      await setup.store.close();
    }
  });
}

/** A tool run by hand has no model to go on with. */
function refuseByHand(events: readonly DurableEvent[], runId: string): void {
  const byHand = events.some(
    (event) => event.type === 'run.started' && event.runId === runId && event.model === 'capstan/by-hand',
  );
  if (!byHand) return;
  throw new CapstanError('conflict', 'That was a tool run by hand. Run it again, with --yes or on a terminal.', {
    where: runId,
  });
}

async function findRun(store: RunStore, wanted: string | undefined): Promise<{ runId: string; sessionId: string }> {
  if (wanted !== undefined) {
    const known = await store.sessionOf(wanted);
    if (known !== undefined) return { runId: wanted, sessionId: known };
  }
  const sessionId = wanted === undefined ? undefined : await keptSession(store, wanted);
  const session = (await store.list()).find((each) => sessionId === undefined || each.sessionId === sessionId);
  if (session) return { runId: session.lastRunId, sessionId: session.sessionId };
  throw new CapstanError('not_found', 'There is no run to resume here. Start one with "capstan run".', {
    where: 'resume',
  });
}

/** Asks before the run goes on, so that it starts with every answer it waits for. */
async function answersTo(
  requests: readonly ApprovalRequested[],
  approver: Approver | undefined,
): Promise<Record<string, Answer>> {
  const answers: Record<string, Answer> = {};
  if (!approver) return answers;
  const { signal } = new AbortController();
  for (const request of requests) {
    const reply = await approver(request, { signal });
    if (reply.kind === 'stop') throw new CapstanError('aborted', 'Left as it was. Resume it when you like.');
    const [by = 'user'] = reply.kind === 'approve' ? reply.by : [reply.by];
    const { reason } = reply.kind === 'deny' ? reply : {};
    answers[request.callId] =
      reply.kind === 'approve'
        ? { verdict: 'approved', by }
        : { verdict: 'denied', by, ...(reason === undefined ? {} : { reason }) };
  }
  return answers;
}
