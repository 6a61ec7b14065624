import { CapstanError } from '@capstan/sdk/contract';
import { startPartner, type PartnerCommand } from '@capstan/tools';
import type { Disposable, Message, MessageConnection, MessageReader } from 'vscode-jsonrpc/node';
import { cutMessages } from './read-messages.ts';

/** What a server may ask and tell. */
export interface LinkHandlers {
  /** @returns The answer, `undefined` for a request that is not known here. */
  request(method: string, params: unknown): unknown;
  notification(method: string, params: unknown): void;
}

export interface RequestOptions {
  /** Aborting it tells the server that nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
  /** A server that takes longer is held to hang, and is ended. */
  readonly timeoutMs: number;
}

/** A running server and the way to speak to it. */
export interface ServerLink {
  readonly pid: number;
  /**
   * @throws {CapstanError} `aborted`; `tool_failed` for an error of the server, a time-out, or when it has gone.
   */
  request(method: string, params: unknown, options: RequestOptions): Promise<unknown>;
  notify(method: string, params: unknown): void;
  /** Settles with the reason when no process of the server is left. */
  readonly gone: Promise<string>;
  /** It is being ended: nothing more can be asked of it. */
  readonly ending: boolean;
  /** Ends it at once, with everything it started. */
  end(why: string): void;
}

/** An error that a server answered with. */
export class ServerError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(message: string, code: number, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

type Rpc = typeof import('vscode-jsonrpc/node');

const maxLastWords = 2_000;

/**
 * Starts a server and opens a connection to it. What breaks the protocol, hangs or grows without bound ends it.
 *
 * @throws {CapstanError} as `startPartner` does.
 */
export async function startLink(
  name: string,
  command: Omit<PartnerCommand, 'onOutput'>,
  handlers: LinkHandlers,
): Promise<ServerLink> {
  // Of a CommonJS module a bundle knows the whole only, not its names.
  const { default: rpc } = await import('vscode-jsonrpc/node');
  let lastWords = '';
  let broken: string | undefined;
  let closed = false;
  const inbox = readerOf(rpc, (why) => end(why));
  const partner = await startPartner({
    ...command,
    onOutput(chunk, from) {
      if (from === 'stdout') inbox.push(chunk);
      else lastWords = (lastWords + chunk.toString('utf8')).slice(-maxLastWords);
    },
  });
  partner.stdin.on('error', () => {});
  const connection = rpc.createMessageConnection(inbox.reader, new rpc.StreamMessageWriter(partner.stdin), silent);
  const leaving = Promise.withResolvers<never>();
  leaving.promise.catch(() => {});
  const end = (why: string): void => {
    broken ??= why;
    leaving.reject(new CapstanError('tool_failed', `The language server ${name} was ended: ${broken}.`));
    partner.stop();
  };
  const gone = partner.ended.then(({ exitCode, signal }) => {
    const how = broken ?? `it ended by itself with ${signal ?? `exit code ${exitCode}`}`;
    const said = tellingPart(lastWords);
    const why = said === '' ? how : `${how}; it said: ${said}`;
    leaving.reject(new CapstanError('tool_failed', `The language server ${name} has gone: ${why}.`));
    closed = true;
    connection.dispose();
    return why;
  });
  hear(rpc, connection, handlers);
  connection.listen();
  return {
    pid: partner.pid,
    gone,
    get ending() {
      return broken !== undefined;
    },
    end,
    notify(method, params) {
      // What has gone hears nothing; who asks it something is told.
      if (!closed) connection.sendNotification(method, params).catch(() => {});
    },
    request: (method, params, options) =>
      request({ rpc, connection, name, end, left: leaving.promise }, { method, params, ...options }),
  };
}

/** What a program said of its end: from the line that speaks of an error, else the last. */
function tellingPart(words: string): string {
  const from = words.search(/^.*error/im);
  return (from < 0 ? words.trim().slice(-300) : words.slice(from, from + 300)).trim();
}

function hear(rpc: Rpc, connection: MessageConnection, handlers: LinkHandlers): void {
  connection.onRequest((method: string, params: unknown) => {
    const answer = handlers.request(method, params);
    if (answer !== undefined) return answer;
    return new rpc.ResponseError(rpc.ErrorCodes.MethodNotFound, `${method} is not known here`);
  });
  connection.onNotification((method: string, params: unknown) => handlers.notification(method, params));
  connection.onUnhandledNotification(() => {});
  connection.onError(() => {});
}

interface Way {
  readonly rpc: Rpc;
  readonly connection: MessageConnection;
  readonly name: string;
  readonly end: (why: string) => void;
  /** Rejects when the server has gone or is about to. */
  readonly left: Promise<never>;
}

interface Order extends RequestOptions {
  readonly method: string;
  readonly params: unknown;
}

async function request({ rpc, connection, name, end, left }: Way, order: Order): Promise<unknown> {
  const { method, params, signal, timeoutMs } = order;
  if (signal?.aborted) throw stopped(name);
  const source = new rpc.CancellationTokenSource();
  let answered = false;
  const early = Promise.withResolvers<never>();
  const abort = (): void => early.reject(stopped(name));
  const timer = setTimeout(() => {
    early.reject(
      new CapstanError('tool_failed', `The language server ${name} did not answer ${method} within ${timeoutMs} ms.`),
    );
    end(`it did not answer ${method} within ${timeoutMs} ms`);
  }, timeoutMs).unref();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const answer = connection.sendRequest(method, params, source.token);
    void answer.finally(() => (answered = true)).catch(() => {});
    return await Promise.race([answer, early.promise, left]);
  } catch (error) {
    if (error instanceof rpc.ResponseError) throw new ServerError(error.message, error.code, error.data);
    // The connection tells of its closing before the process tells why.
    if (error instanceof rpc.ConnectionError) return await left;
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    if (!answered) source.cancel();
    source.dispose();
  }
}

function stopped(name: string): CapstanError {
  return new CapstanError('aborted', `Nobody waits for the language server ${name} any more.`);
}

/** A reader for the connection that is fed by hand. */
function readerOf(rpc: Rpc, fail: (why: string) => void) {
  const errors = new rpc.Emitter<Error>();
  const closes = new rpc.Emitter<void>();
  const partial = new rpc.Emitter<{ readonly messageToken: number; readonly waitingTime: number }>();
  let take: ((message: Message) => void) | undefined;
  let deaf = false;
  const cutter = cutMessages((message) => take?.(message as Message));
  const reader: MessageReader = {
    onError: errors.event,
    onClose: closes.event,
    onPartialMessage: partial.event,
    listen(callback): Disposable {
      take = callback;
      return { dispose: () => (take = undefined) };
    },
    dispose: () => (take = undefined),
  };
  return {
    reader,
    push(chunk: Buffer): void {
      if (deaf) return;
      try {
        cutter.push(chunk);
      } catch (error) {
        deaf = true;
        fail(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

const silent = { error: () => {}, warn: () => {}, info: () => {}, log: () => {} };
