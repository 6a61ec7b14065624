import { CapstanError } from '@capstan/sdk/contract';
import type { Message, Tool } from '@capstan/sdk/contract';
import type { McpTrust } from './declared-effects.ts';
import { Link } from './link.ts';
import type { McpHost } from './mcp-host.ts';
import type { McpServerConfig } from './mcp-server-config.ts';
import { Offer } from './offer.ts';
import type { McpChange, McpChangedTool, McpUnusable } from './offer.ts';
import { listPrompts, promptMessages } from './prompts.ts';
import type { McpPrompt } from './prompts.ts';
import { assertServerName } from './tool-name.ts';

/** How far a server is believed and how long it is waited for. */
export interface McpOptions extends McpHost {
  /**
   * Fingerprints of the tools accepted so far, by name, as a connection's `known` gave them. A tool that is not among
   * them is accepted as it is; one that differs is refused. Default: none.
   */
  readonly known?: Readonly<Record<string, string>>;
  /**
   * `annotations` believes a tool that calls itself read-only or idempotent, so only for servers whose code you trust.
   * Default `nothing`: the effects of every call are unknown, and policies ask.
   */
  readonly trust?: McpTrust;
  /** Told when the server offers other tools than before. */
  readonly onChange?: (change: McpChange) => void;
  /** Milliseconds that a call may take. Default 120,000. */
  readonly timeoutMs?: number;
  /** Milliseconds that the server has to start and to answer. Default 60,000. */
  readonly startTimeoutMs?: number;
  /** Aborting it gives up connecting. */
  readonly signal?: AbortSignal;
}

/** A server whose tools an agent may use. Dies with `close()`, not with a run. */
export interface McpConnection extends AsyncDisposable {
  readonly name: string;
  /** What the server offers now. A changed tool is there as one that refuses every call. */
  readonly tools: readonly Tool[];
  /** Fingerprints by tool name, plain JSON: keep them and give them back as `known` next time. */
  readonly known: Readonly<Record<string, string>>;
  /** Tools that changed since they were accepted. */
  readonly changed: readonly McpChangedTool[];
  /** Tools left out because their input schema does not compile. */
  readonly unusable: readonly McpUnusable[];
  /**
   * Accepts a changed tool, one of `changed`, once a person has seen it.
   *
   * @throws {CapstanError} `not_found` if it is gone, `conflict` if it changed again since it was shown.
   */
  accept(tool: Pick<McpChangedTool, 'name' | 'fingerprint'>): void;
  /** Lists the prompts that the server offers to users; none if it has none. */
  prompts(signal?: AbortSignal): Promise<readonly McpPrompt[]>;
  /** Fills in a prompt, to begin or go on with a conversation. @throws {CapstanError} `tool_failed` if the server refuses. */
  prompt(name: string, given?: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<readonly Message[]>;
  /** Ends the connection, and the server's process where there is one. */
  close(): Promise<void>;
}

/**
 * Connects to an MCP server and gives its tools as Capstan tools named `server__tool`.
 *
 * A server that dies is started again by the next call. A call that it died in fails and is not repeated.
 *
 * @param name Of the server: 1 to 32 letters, digits, `-` and single `_`; unique among an agent's servers.
 * @throws {CapstanError} `invalid_config` for a bad name or a missing package, `tool_failed` if the server cannot be
 *   started or reached.
 */
export async function connectMcp(
  name: string,
  config: McpServerConfig,
  {
    known = {},
    trust = 'nothing',
    onChange,
    timeoutMs = 120_000,
    startTimeoutMs = 60_000,
    signal,
    ...host
  }: McpOptions = {},
): Promise<McpConnection> {
  assertServerName(name);
  const link = new Link({ name, config, host, startTimeoutMs, onTools: (tools) => offer.take(tools) });
  const offer = new Offer({ server: name, config, trust, link, timeoutMs, known, ...(onChange ? { onChange } : {}) });
  try {
    const client = await link.ready(signal);
    if (client.getServerCapabilities()?.resources) offer.addResources();
  } catch (error) {
    void link.close();
    if (signal?.aborted) throw new CapstanError('aborted', `Connecting to MCP server ${name} was stopped.`);
    throw error;
  }
  return {
    name,
    get tools() {
      return offer.tools;
    },
    get known() {
      return offer.known;
    },
    get changed() {
      return offer.changed;
    },
    get unusable() {
      return offer.unusable;
    },
    accept: (tool) => offer.accept(tool),
    prompts: (stop = AbortSignal.timeout(timeoutMs)) =>
      link.ask((client) => listPrompts(client, stop), { what: 'prompts', signal: stop }),
    prompt: (prompt, given = {}, stop = AbortSignal.timeout(timeoutMs)) =>
      link.ask(
        async (client) =>
          promptMessages(await client.getPrompt({ name: prompt, arguments: { ...given } }, { signal: stop })),
        { what: prompt, signal: stop },
      ),
    close: () => link.close(),
    [Symbol.asyncDispose]: () => link.close(),
  };
}
