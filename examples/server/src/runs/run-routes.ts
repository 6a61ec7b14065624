import { CapstanError, type DurableEvent } from '@capstan/sdk/contract';
import { handleRun, toEventStream } from '@capstan/sdk/wire';
import { z } from 'zod';
import type { Caller, Gate } from '../gate/gate.ts';
import { readWith } from '../http/read-with.ts';
import type { RequestContext, Route } from '../http/route.ts';
import { sendJson, sendText } from '../http/send.ts';
import { pendingApprovals } from './pending-approvals.ts';
import { isOver, type RunBook, type RunRow } from './run-book.ts';
import { sendStream } from './send-stream.ts';
import type { Workspaces } from './workspaces.ts';

export interface RunRoutesOptions {
  readonly gate: Gate;
  readonly book: RunBook;
  readonly workspaces: Workspaces;
  /** Aborts when the relay begins to shut down: readers are let go at once, to come back to the next. */
  readonly leaving: AbortSignal;
  /** Silence on a stream of events before a comment keeps it open. */
  readonly heartBeatMs: number;
}

const amount = z.number().positive();
const newRun = z.strictObject({
  task: z.string().min(1).max(200_000),
  workspace: z.string().min(1).max(40),
  session_id: z.string().max(64).optional(),
  budget: z
    .strictObject({
      costUsd: amount.optional(),
      tokens: amount.optional(),
      seconds: amount.optional(),
      turns: amount.optional(),
      toolCalls: amount.optional(),
    })
    .optional(),
});

type Handler = (context: RequestContext, caller: Caller, row: RunRow) => Promise<void>;

const maxBodyBytes = 1_048_576;

/** The routes of agent runs. Whoever may use a run's workspace sees it and may approve; his device is who approved. */
export function runRoutes({ gate, book, workspaces, leaving, heartBeatMs }: RunRoutesOptions): readonly Route[] {
  const whoCalls = ({ token, ip }: RequestContext): Promise<Caller> => gate.identify(token, ip);
  const ofRun = (method: Route['method'], path: string, handler: Handler): Route => ({
    method,
    path,
    maxBodyBytes,
    async handle(context) {
      const caller = await whoCalls(context);
      return handler(context, caller, await book.find(caller, context.params['id'] ?? ''));
    },
  });

  async function show(context: RequestContext, row: RunRow): Promise<void> {
    sendJson(context.response, 200, summary(row, await book.events(row)));
  }

  async function stream(context: RequestContext, row: RunRow): Promise<void> {
    const signal = AbortSignal.any([context.signal, leaving]);
    const events = await book.follow(row);
    const lastEventId = context.request.headers['last-event-id'];
    const stream = toEventStream(events, { lastEventId: String(lastEventId ?? '') });
    await sendStream(context.response, stream, { signal, heartBeatMs });
  }

  async function obey(context: RequestContext, caller: Caller, row: RunRow, order: unknown): Promise<void> {
    const run = await book.live(row);
    if (!run) throw new CapstanError('conflict', `The run ${row.id} has ended. Start another with its session_id.`);
    const body = JSON.stringify({ by: caller.deviceId, ...(order as object) });
    const request = new Request('http://run/', { method: 'POST', body });
    const reply = await handleRun(run, request, { by: caller.deviceId });
    if (reply.status === 204) return void context.response.writeHead(204).end();
    const { error } = (await reply.json()) as { error?: { message?: string } };
    const code = reply.status === 404 ? 'not_found' : reply.status === 409 ? 'conflict' : 'invalid_config';
    throw new CapstanError(code, error?.message ?? 'The run did not take that.', { status: reply.status });
  }

  const orders = ['approve', 'deny', 'steer', 'queue', 'stop'].map((type) =>
    ofRun('POST', `/v1/runs/:id/${type}`, async (context, caller, row) =>
      obey(context, caller, row, { ...((await context.json()) as object | undefined), type }),
    ),
  );

  return [
    {
      method: 'POST',
      path: '/v1/runs',
      maxBodyBytes,
      async handle(context) {
        const caller = await whoCalls(context);
        const { session_id: sessionId, budget, ...order } = readWith(newRun, await context.json());
        const row = await book.start(caller, { ...order, sessionId, budget });
        const headers = { location: `/v1/runs/${row.id}` };
        sendJson(context.response, 202, summary(row, await book.events(row)), headers);
      },
    },
    {
      method: 'GET',
      path: '/v1/runs',
      async handle(context) {
        const caller = await whoCalls(context);
        const runs = (await book.list(caller)).map(shown);
        sendJson(context.response, 200, { workspaces: workspaces.names(caller), runs });
      },
    },
    // One address for both, as `remoteRun` of @capstan/sdk/wire wants it.
    ofRun('GET', '/v1/runs/:id', (context, _caller, row) =>
      context.request.headers.accept?.includes('text/event-stream') ? stream(context, row) : show(context, row),
    ),
    ofRun('GET', '/v1/runs/:id/events', (context, _caller, row) => stream(context, row)),
    ofRun('POST', '/v1/runs/:id', async (context, caller, row) => obey(context, caller, row, await context.json())),
    ...orders,
    ofRun('GET', '/v1/runs/:id/result', async (context, _caller, row) => {
      const events = await book.events(row);
      if (isOver(events)) return sendJson(context.response, 200, summary(row, events));
      throw new CapstanError('conflict', `The run ${row.id} has not ended. Follow GET /v1/runs/${row.id}/events.`);
    }),
    ofRun('GET', '/v1/runs/:id/patch', async (context, _caller, row) => {
      const worktree = workspaces.get(row.workspace)?.worktree;
      const ids = patchesOf(await book.events(row)).map(({ id }) => id);
      const diffs: string[] = [];
      for (const id of ids) if (worktree) diffs.push((await worktree.patches.show(id)).diff);
      sendText(context.response, 200, diffs.join(''), {
        'content-type': 'text/x-diff; charset=utf-8',
        'content-disposition': `attachment; filename="${row.id}.diff"`,
      });
    }),
  ];
}

function shown({ id, sessionId, deviceId, workspace, task, madeAt }: RunRow): object {
  return { id, session_id: sessionId, device_id: deviceId, workspace, task, made_at: madeAt };
}

function summary(row: RunRow, events: readonly DurableEvent[]): object {
  const ended = events.findLast((event) => event.type === 'run.ended');
  const over = ended?.type === 'run.ended' && isOver(events) ? ended : undefined;
  return {
    ...shown(row),
    state: over ? over.reason : 'running',
    pending: over ? [] : pendingApprovals(events),
    patches: patchesOf(events),
    ...(over ? { result: resultOf(over) } : {}),
  };
}

function resultOf({
  reason,
  text,
  usage,
  costUsd,
  turns,
  output,
  error,
  limit,
  stopped,
}: DurableEvent & { type: 'run.ended' }) {
  return { reason, text, usage, cost_usd: costUsd ?? null, turns, output, error, limit, stopped };
}

function patchesOf(events: readonly DurableEvent[]) {
  return events.flatMap((event) => {
    if (event.type !== 'patch.created') return [];
    const { id, files, added, removed } = event;
    return [{ id, files, added, removed }];
  });
}
