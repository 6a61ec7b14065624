import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import { loadClient } from './load-sdk.ts';
import type { McpOAuthOptions } from './mcp-oauth.ts';
import { oauthProvider, secretName } from './mcp-oauth.ts';

export interface AuthorizeMcpOptions extends McpOAuthOptions {
  /** Shows the user the page where he signs in, in a browser. */
  readonly open: (url: URL) => void | Promise<void>;
  /** Gives up waiting for the user. */
  readonly signal: AbortSignal;
}

/**
 * Signs the user in to an MCP server: registers with its authorisation server where need be, shows him its page, and
 * keeps the tokens that come of it (OAuth 2.1: authorisation code with PKCE, answered at a port of this machine).
 *
 * @throws {CapstanError} `auth_refused` if the user or a server refuses, `aborted` when the signal does.
 */
export async function authorizeMcp({ open, signal, ...options }: AuthorizeMcpOptions): Promise<void> {
  const { server, url } = options;
  const { auth } = await loadClient();
  const state = randomBytes(24).toString('base64url');
  await using answer = await listenForAnswer(state);
  const provider = oauthProvider(options, { redirectUrl: answer.url, open, state });
  try {
    const begun = await auth(provider, { serverUrl: url, ...(options.scope ? { scope: options.scope } : {}) });
    if (begun === 'AUTHORIZED') return;
    const { code, iss } = await answer.wait(signal);
    await auth(provider, { serverUrl: url, authorizationCode: code, ...(iss === undefined ? {} : { iss }) });
  } catch (cause) {
    if (isCapstanError(cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refused(server, why, cause);
  }
}

/** Forgets the tokens of a server; tells whether there were some. */
export async function forgetMcp({ server, secrets }: Pick<McpOAuthOptions, 'server' | 'secrets'>): Promise<boolean> {
  return secrets.delete(secretName(server));
}

interface Answer {
  readonly code: string;
  readonly iss?: string;
}

/** Waits at a port of this machine for the browser to come back from the sign-in. */
async function listenForAnswer(state: string) {
  const came = Promise.withResolvers<URLSearchParams>();
  const server = createServer((incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    // Whoever does not know the state was not sent here by this sign-in.
    const mine = pathname === '/callback' && searchParams.get('state') === state;
    const words = mine ? 'You may close this page and go back to Capstan.' : 'There is nothing here.';
    outgoing
      .writeHead(mine ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
      .end(words);
    if (mine) came.resolve(searchParams);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    async wait(signal: AbortSignal): Promise<Answer> {
      const stopped = () => came.reject(new CapstanError('aborted', 'The sign-in was given up.'));
      if (signal.aborted) stopped();
      signal.addEventListener('abort', stopped);
      const given = await came.promise.finally(() => signal.removeEventListener('abort', stopped));
      const [code, iss] = [given.get('code'), given.get('iss')];
      if (code === null) throw new Error(given.get('error_description') ?? given.get('error') ?? 'it gave no code');
      return { code, ...(iss === null ? {} : { iss }) };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refused(server: string, why: string, cause: unknown): CapstanError {
  const message = `Signing in to the MCP server ${server} failed: ${why.replace(/\.$/, '')}. Try again, or ask who runs it.`;
  return new CapstanError('auth_refused', message, { where: server }, { cause });
}
