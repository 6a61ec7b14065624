import type { AuthProvider, OAuthClientProvider } from '@modelcontextprotocol/client';

/** Where an MCP server is: a program to start, or an address. */
export type McpServerConfig = McpProgram | McpAddress;

/** A server started as a process that talks on its standard streams. It runs as the user, outside of any sandbox. */
export interface McpProgram {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to the few variables any program needs, such as PATH and HOME; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the folder this process runs in. */
  readonly cwd?: string;
}

/** A server reached by streamable HTTP. */
export interface McpAddress {
  readonly url: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the bearer token, `{ token: async () => key }`, or is an OAuth client of the MCP SDK. */
  readonly auth?: AuthProvider | OAuthClientProvider;
}
