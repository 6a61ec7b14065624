import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import type { ToolContext } from '@capstan/sdk/contract';
import type { Client, Progress, Tool as ServerTool } from '@modelcontextprotocol/client';
import { answerServer, capabilitiesOf } from './answer-server.ts';
import { loadClient } from './load-sdk.ts';
import type { McpHost } from './mcp-host.ts';
import type { McpServerConfig } from './mcp-server-config.ts';
import { openTransport } from './open-transport.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface LinkOptions {
  readonly name: string;
  readonly config: McpServerConfig;
  readonly startTimeoutMs: number;
  /** What the server may ask of whoever uses it. */
  readonly host: McpHost;
  /** Told what the server offers, at each connection and at each change. */
  readonly onTools: (tools: readonly ServerTool[]) => Promise<void>;
}

export interface LinkRequest {
  /** What is asked, for messages, for example a tool's name. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** It was made before, to a server that had forgotten the session. */
  readonly repeated?: boolean;
}

const keptStderr = 2_000;

/** The line to one server. Connects when it is needed: again after the server died or forgot the session. */
export class Link {
  readonly #options: LinkOptions;
  #open: Promise<Client> | undefined;
  readonly #closing = new AbortController();
  readonly #progress = new Map<string | number, (made: Progress) => void>();
  readonly #calls: ToolContext[] = [];
  #stderr = '';

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Connects if need be. @throws {CapstanError} `tool_failed`, `aborted`. */
  async ready(signal?: AbortSignal): Promise<Client> {
    if (this.#closing.signal.aborted)
      throw new CapstanError('tool_failed', `The connection to MCP server ${this.#options.name} was closed.`);
    this.#open ??= this.#connect();
    return signal ? unlessAborted(this.#open, signal) : this.#open;
  }

  /** Tells of the progress that comes under a token. Returns how to stop that. */
  onProgress(token: string, listener: (made: Progress) => void): () => void {
    this.#progress.set(token, listener);
    return () => void this.#progress.delete(token);
  }

  /** Tells which call of a run is under way. Returns how to say that it has ended. */
  duringCall(context: ToolContext): () => void {
    this.#calls.push(context);
    return () => void this.#calls.splice(this.#calls.indexOf(context), 1);
  }

  /**
   * Makes a request once the server is connected.
   *
   * @throws {CapstanError} `tool_failed` if the server refuses, dies or cannot be reached.
   */
  async ask<T>(request: (client: Client) => Promise<T>, about: LinkRequest): Promise<T> {
    const client = await this.ready(about.signal);
    try {
      return await request(client);
    } catch (error) {
      if (about.signal.aborted || isCapstanError(error)) throw error;
      if (!(await isSessionLost(error)) || about.repeated) throw await this.#failure(client, about.what, error);
    }
    // The server has not looked at the request, so making it again does nothing twice.
    this.#forget(client);
    await client.close().catch(() => {});
    return this.ask(request, { ...about, repeated: true });
  }

  /** Ends the connection and the server's process, also one that is starting. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('closed'));
    const client = await this.#open?.catch(() => undefined);
    this.#open = undefined;
    await client?.close();
  }

  #connect(): Promise<Client> {
    const opening: Promise<Client> = this.#start(() => {
      if (this.#open === opening) this.#open = undefined;
    });
    opening.catch(() => {
      if (this.#open === opening) this.#open = undefined;
    });
    return opening;
  }

  async #start(onClose: () => void): Promise<Client> {
    const { name, startTimeoutMs: timeout, onTools } = this.#options;
    const limits = { timeout, signal: this.#closing.signal };
    let client: Client | undefined;
    try {
      client = await this.#handshake('legacy', limits).catch(async (error: unknown) => {
        if (await isNewest(error)) return this.#handshake('auto', limits);
        throw error;
      });
      client.onclose = onClose;
      await onTools((await client.listTools(undefined, limits)).tools);
      return client;
    } catch (cause) {
      await client?.close().catch(() => {});
      if (isCapstanError(cause)) throw cause;
      const { UnauthorizedError, SdkHttpError } = await loadClient();
      const refused = cause instanceof SdkHttpError && cause.status === 401;
      if (refused || cause instanceof UnauthorizedError) throw notSignedIn(name, cause);
      const message = `The MCP server ${name} could not be reached: ${textOf(cause)}.${this.#lastWords()} Check its command or address.`;
      throw new CapstanError('tool_failed', message, { where: name }, { cause });
    }
  }

  // `auto` starts a program twice, to ask it for its version first, so it is only for servers that refuse the other.
  async #handshake(mode: 'legacy' | 'auto', limits: { timeout: number; signal: AbortSignal }): Promise<Client> {
    const { name, config, host, onTools } = this.#options;
    const { Client } = await loadClient();
    const client = new Client(
      { name: 'capstan', version: '0.1.0' },
      {
        versionNegotiation: { mode },
        capabilities: capabilitiesOf(host),
        listChanged: { tools: { onChanged: (_, tools) => void (tools && onTools(tools)) } },
      },
    );
    answerServer(client, { server: name, host, call: () => this.#calls.at(-1) });
    // The client's own handler forgets a call at its result, and with it progress that came in the same read.
    client.setNotificationHandler('notifications/progress', ({ params }) =>
      this.#progress.get(params.progressToken)?.(params),
    );
    this.#stderr = '';
    const transport = await openTransport(config, (text) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr);
    });
    try {
      await client.connect(transport, limits);
      return client;
    } catch (error) {
      await client.close().catch(() => {});
      throw error;
    }
  }

  async #failure(client: Client, what: string, cause: unknown): Promise<CapstanError> {
    const { SdkError, SdkErrorCode, ProtocolError } = await loadClient();
    const { name } = this.#options;
    const where = { where: `${name}/${what}` };
    if (cause instanceof ProtocolError) return new CapstanError('tool_failed', cause.message, where, { cause });
    const dead =
      cause instanceof SdkError &&
      [SdkErrorCode.ConnectionClosed, SdkErrorCode.NotConnected].includes(cause.code as never);
    if (dead || cause instanceof TypeError) this.#forget(client);
    const how = dead ? 'ended during the call' : `failed: ${textOf(cause)}`;
    const next = 'What the call had done may stand: look before making it again.';
    return new CapstanError('tool_failed', `The MCP server ${name} ${how}.${this.#lastWords()} ${next}`, where, {
      cause,
    });
  }

  // A later connection may have taken its place already.
  #forget(client: Client): void {
    const open = this.#open;
    void open?.then((current) => {
      if (current === client && this.#open === open) this.#open = undefined;
    });
  }

  #lastWords(): string {
    const words = this.#stderr.trim();
    return words === '' ? '' : ` It wrote: ${words}`;
  }
}

function notSignedIn(name: string, cause: Error): CapstanError {
  const message = `The MCP server ${name} wants you to sign in. Sign in with authorizeMcp, or give it a token that holds.`;
  return new CapstanError('auth_missing', message, { where: name }, { cause });
}

// -32022 is what a server of 2026-07-28 alone answers to an older version; over HTTP it comes as a refused request.
async function isNewest(error: unknown): Promise<boolean> {
  const { SdkHttpError, UnsupportedProtocolVersionError } = await loadClient();
  if (error instanceof UnsupportedProtocolVersionError) return true;
  return error instanceof SdkHttpError && error.status === 400 && /"code":\s*-32022\b/.test(error.message);
}

// 404 is what a server answers to a session that it does not know (MCP 2025-11-25, transports, session management).
async function isSessionLost(error: unknown): Promise<boolean> {
  const { SdkHttpError } = await loadClient();
  return error instanceof SdkHttpError && error.status === 404;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return error.message.replace(/\.$/, '') + cause;
}
