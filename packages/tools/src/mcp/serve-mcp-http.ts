import { randomBytes, randomUUID, timingSafeEqual, createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CapstanError } from '@capstan/sdk/contract';
import type { Tool } from '@capstan/sdk/contract';
import { nodeListener } from '@capstan/sdk/node-http';
import type { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { createMcpServer } from './create-mcp-server.ts';
import { loadServer } from './load-sdk.ts';
import type { McpServing } from './serve-mcp.ts';
import type { McpServerOptions } from './served-call.ts';

/** What `createMcpServer` takes, and where to serve. */
export interface ServeMcpHttpOptions extends McpServerOptions {
  /** Default: any that is free. */
  readonly port?: number;
  /** Default 127.0.0.1: only this machine reaches it. */
  readonly host?: string;
  /** What clients send as `Authorization: Bearer …`, 16 characters or more. Default: a random one. */
  readonly token?: string;
  /** Names by which clients may address the server, without port. Default: those of this machine alone. */
  readonly hosts?: readonly string[];
  /** Hosts of web pages that may call the server. Default: none but pages of this machine. */
  readonly origins?: readonly string[];
  /** Most clients with a session; the one that was idle longest has to make room. Default 64. */
  readonly maxSessions?: number;
}

/** A server that is reached by streamable HTTP. */
export interface McpHttpServing extends McpServing {
  /** For example `http://127.0.0.1:40123/mcp`. */
  readonly url: string;
  readonly token: string;
}

/**
 * Serves Capstan tools to MCP clients by streamable HTTP, at `/mcp`. Requests without the token, to another host's name or
 * from a page of another origin are refused. Sessions are kept for clients that want them, for progress and cancelling.
 *
 * @throws {CapstanError} `invalid_config` if `@modelcontextprotocol/server` is missing, a tool's schema gives no JSON
 *   Schema, the token is too short or the port is taken.
 */
export async function serveMcpHttp(
  tools: readonly Tool<never>[],
  { port = 0, host = '127.0.0.1', token = randomBytes(32).toString('base64url'), ...options }: ServeMcpHttpOptions,
): Promise<McpHttpServing> {
  if (token.length < 16) {
    throw new CapstanError('invalid_config', 'The token of an MCP server needs 16 characters or more.', {
      where: 'token',
    });
  }
  // A tool that cannot be served shows now and not when the first client comes.
  await createMcpServer(tools, options);
  const gate = await openGate(token, options);
  const sessions = await openSessions(tools, options);
  const server = createServer(
    nodeListener(async (request) => {
      if (new URL(request.url).pathname !== '/mcp') return new Response('MCP is at /mcp.', { status: 404 });
      return gate(request) ?? sessions.answer(request);
    }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portTaken(host, port, cause)));
    server.listen(port, host, resolve);
  });
  const { address, port: bound, family } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    await sessions.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const name = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${name}:${bound}/mcp`, token, close, [Symbol.asyncDispose]: close };
}

type Gate = (request: Request) => Response | undefined;

/** Refuses whoever was not given the token, and pages that got here by another name. */
async function openGate(
  token: string,
  { hosts, origins }: Pick<ServeMcpHttpOptions, 'hosts' | 'origins'>,
): Promise<Gate> {
  const sdk = await loadServer();
  const hostNames = [...(hosts ?? sdk.localhostAllowedHostnames())];
  const originNames = [...(origins ?? sdk.localhostAllowedOrigins())];
  const expected = digest(`Bearer ${token}`);
  return (request) => {
    const refused =
      sdk.hostHeaderValidationResponse(request, hostNames) ?? sdk.originValidationResponse(request, originNames);
    if (refused) return refused;
    const given = digest(request.headers.get('authorization') ?? '');
    if (timingSafeEqual(given, expected)) return undefined;
    return new Response('This MCP server wants its token.', { status: 401, headers: { 'www-authenticate': 'Bearer' } });
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

interface Sessions {
  answer(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** Newest clients come request by request; others open a session and are kept a server of their own. */
async function openSessions(tools: readonly Tool<never>[], options: ServeMcpHttpOptions): Promise<Sessions> {
  const { maxSessions = 64 } = options;
  const { WebStandardStreamableHTTPServerTransport, createMcpHandler, isLegacyRequest } = await loadServer();
  const modern = createMcpHandler(() => createMcpServer(tools, options), { legacy: 'reject' });
  // In the order of their last use.
  const open = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const begin = async (): Promise<WebStandardStreamableHTTPServerTransport> => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void open.set(id, transport),
      onsessionclosed: (id) => void open.delete(id),
    });
    await (await createMcpServer(tools, options)).connect(transport);
    return transport;
  };
  const makeRoom = async (): Promise<void> => {
    const [oldest] = open;
    if (!oldest || open.size < maxSessions) return;
    open.delete(oldest[0]);
    await oldest[1].close();
  };
  return {
    async answer(request) {
      const id = request.headers.get('mcp-session-id');
      if (id !== null) {
        const transport = open.get(id);
        if (!transport) return unknownSession();
        open.delete(id);
        open.set(id, transport);
        return transport.handleRequest(request);
      }
      if (!(await isLegacyRequest(request))) return modern.fetch(request);
      await makeRoom();
      return (await begin()).handleRequest(request);
    },
    async close() {
      const transports = [...open.values()];
      open.clear();
      await Promise.all([modern.close(), ...transports.map((transport) => transport.close())]);
    },
  };
}

function unknownSession(): Response {
  const error = { code: -32_001, message: 'Session not found' };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 });
}

function portTaken(host: string, port: number, cause: Error): CapstanError {
  const message = `Cannot serve MCP at ${host}:${port}: ${cause.message}. Give another port.`;
  return new CapstanError('invalid_config', message, { where: `${host}:${port}` }, { cause });
}
