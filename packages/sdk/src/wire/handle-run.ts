import { isCapstanError } from '../contract/errors.ts';
import type { Run } from '../contract/run.ts';
import { toEventStream } from './event-stream.ts';

/** What a client may tell a run, as the JSON body of a POST. */
export type RunOrder =
  | { readonly type: 'approve'; readonly callId: string; readonly by: string }
  | { readonly type: 'deny'; readonly callId: string; readonly by: string; readonly reason?: string }
  | { readonly type: 'steer' | 'queue'; readonly text: string }
  | { readonly type: 'stop'; readonly reason?: string };

/**
 * Serves a run over HTTP, in any framework that knows `Request` and `Response`: GET streams its events (resuming from
 * `Last-Event-ID`), POST takes a `RunOrder`. Who may do so is for the server to check before.
 *
 * @param options.by The identity that the server has established; replaces the one a client claims in an approval.
 */
export async function handleRun(
  run: Run<unknown>,
  request: Request,
  { by }: { readonly by?: string } = {},
): Promise<Response> {
  if (request.method === 'GET') {
    const stream = toEventStream(run, { lastEventId: request.headers.get('last-event-id') });
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform' };
    return new Response(stream, { headers });
  }
  if (request.method !== 'POST') return problem(405, 'Use GET for events and POST for orders.');
  const order = readOrder(await request.json().catch(() => undefined));
  if (!order) return problem(400, 'The body must be {"type": "approve" | "deny" | "steer" | "queue" | "stop", …}.');
  try {
    obey(run, order, by);
    return new Response(null, { status: 204 });
  } catch (error) {
    if (!isCapstanError(error)) throw error;
    return problem(error.code === 'not_found' ? 404 : 409, error.message);
  }
}

function obey(run: Run<unknown>, order: RunOrder, by: string | undefined): void {
  switch (order.type) {
    case 'approve':
      return run.approve(order.callId, { by: by ?? order.by });
    case 'deny':
      return run.deny(order.callId, { ...order, by: by ?? order.by });
    case 'steer':
      return run.steer(order.text);
    case 'queue':
      return run.queue(order.text);
    case 'stop':
      return void run.stop(order.reason);
    default:
      return order satisfies never;
  }
}

function readOrder(body: unknown): RunOrder | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { type, callId, by, text, reason } = body as Record<string, unknown>;
  const why = typeof reason === 'string' ? { reason } : {};
  if (type === 'stop') return { type, ...why };
  if ((type === 'steer' || type === 'queue') && typeof text === 'string') return { type, text };
  if (typeof callId !== 'string' || typeof by !== 'string') return undefined;
  if (type === 'approve') return { type, callId, by };
  return type === 'deny' ? { type, callId, by, ...why } : undefined;
}

function problem(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}
