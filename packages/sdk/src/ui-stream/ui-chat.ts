import type { Agent } from '../agent/create-agent.ts';
import { isCapstanError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Answer, Run, RunOptions } from '../contract/run.ts';
import { withChildren } from './chat-history.ts';
import { backBefore, chatSession, sessionMark } from './chat-session.ts';
import type { UIRequest } from './read-ui-request.ts';
import { readUIRequest } from './read-ui-request.ts';
import { toUIMessageResponse } from './to-ui-message-stream.ts';
import { toUIMessages } from './to-ui-messages.ts';

/** What of an agent a chat needs. */
export type UIChatAgent = Pick<Agent<unknown>, 'run' | 'resume' | 'session'>;

export interface UIChatOptions {
  /**
   * Gives the name of the person who makes a request, which stands under approvals; undefined refuses it. A chat's id is
   * the id of its session and comes from the client, so this must also say whose chat it is.
   */
  readonly who: (request: Request, chatId: string) => string | undefined | Promise<string | undefined>;
  /** Given to every run. */
  readonly run?: Pick<RunOptions, 'budget' | 'people'>;
  /** Milliseconds of silence after which a comment keeps a connection open. Default 15,000. */
  readonly heartbeatMs?: number;
}

/**
 * Serves an agent to `useChat` and its default transport, in any framework that knows `Request` and `Response`:
 *
 * - `POST …/` answers a message, makes an answer again, or goes on with a run whose calls were approved or denied;
 * - `GET …/<chat>/stream` resumes the answer under way (204 if there is none), also for a page that was loaded anew;
 * - `GET …/<chat>/messages` gives what the page begins with;
 * - `POST …/<chat>/stop` stops the answer, which a client that goes away does not.
 */
export function uiChat(agent: UIChatAgent, options: UIChatOptions): (request: Request) => Promise<Response> {
  const running = new Map<string, Run<unknown>>();
  const chat: Chat = {
    agent,
    options,
    running: (chatId) => running.get(chatId),
    keep(chatId, run) {
      running.set(chatId, run);
      const forget = () => void (running.get(chatId) === run && running.delete(chatId));
      run.result.then(forget, forget);
    },
  };
  return async (request) => {
    try {
      return await route(chat, request);
    } catch (error) {
      if (!isCapstanError(error)) throw error;
      return problem(statusOf[error.code] ?? 500, error.message);
    }
  };
}

interface Chat {
  readonly agent: UIChatAgent;
  readonly options: UIChatOptions;
  readonly running: (chatId: string) => Run<unknown> | undefined;
  readonly keep: (chatId: string, run: Run<unknown>) => void;
}

const statusOf: Readonly<Record<string, number>> = { invalid_config: 400, not_found: 404, conflict: 409 };

async function route(chat: Chat, request: Request): Promise<Response> {
  const [, id = '', what] = /\/([^/]+)\/(stream|messages|stop)$/.exec(new URL(request.url).pathname) ?? [];
  const ask = what === undefined ? readUIRequest(await request.json().catch(() => undefined)) : undefined;
  const chatId = ask?.chatId ?? decodeURIComponent(id);
  if (chatId.includes(sessionMark)) return problem(400, `The id of a chat must be without "${sessionMark}".`);
  const by = await chat.options.who(request, chatId);
  if (by === undefined) return problem(403, 'This chat is not yours.');
  if (request.method !== (what === 'stream' || what === 'messages' ? 'GET' : 'POST')) {
    return problem(405, 'Use GET for streams and messages, and POST for the rest.');
  }
  if (ask) return answer(chat, ask, by);
  if (what === 'stop') return stop(chat, chatId, by);
  const { events } = await chatSession(chat.agent, chatId);
  const history = await withChildren(chat.agent, events);
  if (what === 'messages') return Response.json(toUIMessages(history));
  const run = chat.running(chatId);
  return run ? respond(chat, run, { history }) : new Response(null, { status: 204 });
}

async function answer(chat: Chat, ask: UIRequest, by: string): Promise<Response> {
  const { agent, options, running, keep } = chat;
  const { chatId, input, approvals, insteadOf } = ask;
  const before = running(chatId);
  if (input) {
    const session = await chatSession(agent, chatId);
    const sessionId = insteadOf === undefined ? session.id : await backBefore(agent, session, insteadOf);
    if (running(chatId)) return problem(409, 'The answer before is still under way. Wait for it, or stop it.');
    const run = agent.run(input, { ...options.run, sessionId });
    keep(chatId, run);
    return respond(chat, run, {});
  }
  // The run paused, but the last of it may be on its way to the store.
  await before?.result;
  const { events } = await chatSession(agent, chatId);
  const history = await withChildren(agent, events);
  const run = resume(chat, ask, { history, by });
  if (!run) return problem(approvals.length === 0 ? 400 : 409, 'Nothing of this chat waits for such an answer.');
  keep(chatId, run);
  return respond(chat, run, { history, replay: false });
}

interface Person {
  readonly history: readonly RunEvent[];
  readonly by: string;
}

function resume({ agent, running }: Chat, ask: UIRequest, { history, by }: Person): Run<unknown> | undefined {
  const runId = ask.approvals[0]?.runId;
  if (runId === undefined || history.at(-1)?.runId !== runId || running(ask.chatId)) return undefined;
  const answers: Record<string, Answer> = {};
  for (const { callId, approved, reason } of ask.approvals) {
    const why = reason === undefined ? {} : { reason };
    answers[callId] = approved ? { verdict: 'approved', by } : { verdict: 'denied', by, ...why };
  }
  return agent.resume(runId, { answers });
}

async function stop({ running }: Chat, chatId: string, by: string): Promise<Response> {
  await running(chatId)?.stop(`${by} stopped it`);
  return new Response(null, { status: 204 });
}

function respond(
  { options: { heartbeatMs } }: Chat,
  run: Run<unknown>,
  options: { readonly history?: readonly RunEvent[]; readonly replay?: boolean },
): Response {
  return toUIMessageResponse(run, { ...options, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) });
}

function problem(status: number, message: string): Response {
  return new Response(message, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
