import type { Readable, Writable } from 'node:stream';
import type { Tool } from '@capstan/sdk/contract';
import { createMcpServer } from './create-mcp-server.ts';
import { loadServerStdio } from './load-sdk.ts';
import type { McpServerOptions } from './served-call.ts';

/** What `createMcpServer` takes, and the streams to serve on. */
export interface ServeMcpOptions extends McpServerOptions {
  /** Where the client's messages come from. Default: standard input. */
  readonly input?: Readable;
  /** Where the answers go; nothing else may be written there. Default: standard output. */
  readonly output?: Writable;
}

/** A connection that is served. */
export interface McpServing extends AsyncDisposable {
  /** Ends the connection and aborts what runs. */
  close(): Promise<void>;
}

/**
 * Serves Capstan tools to an MCP client over standard input and output, for as long as the client keeps them open.
 *
 * @throws {CapstanError} `invalid_config` if `@modelcontextprotocol/server` is missing or a tool's schema gives no
 *   JSON Schema.
 */
export async function serveMcp(tools: readonly Tool<never>[], options: ServeMcpOptions): Promise<McpServing> {
  const { serveStdio, StdioServerTransport } = await loadServerStdio();
  // A tool that cannot be served shows now and not when the first client comes.
  await createMcpServer(tools, options);
  const transport = new StdioServerTransport(options.input, options.output);
  const handle = serveStdio(() => createMcpServer(tools, options), { transport });
  return { close: () => handle.close(), [Symbol.asyncDispose]: () => handle.close() };
}
