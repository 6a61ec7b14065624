import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fullAuto } from '@capstan/policy';
import { defineTool } from '@capstan/sdk/contract';
import { nodeListener } from '@capstan/sdk/node-http';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { mcpAuthRouter, requireBearerAuth } from '@modelcontextprotocol/server-legacy/auth';
import type { OAuthServerProvider } from '@modelcontextprotocol/server-legacy/auth';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import { authorizeMcp, forgetMcp } from './authorize-mcp.ts';
import { connectMcp } from './connect-mcp.ts';
import { createMcpServer } from './create-mcp-server.ts';
import type { McpSecrets } from './mcp-oauth.ts';
import { mcpOAuth } from './mcp-oauth.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const hello = defineTool({
  name: 'hello',
  description: 'Greets.',
  input: { type: 'object' },
  effects: [],
  execute: () => 'hello',
});

/** An authorisation server of the MCP SDK with an MCP server behind it; tokens and codes are in its memory alone. */
async function serve() {
  type Client = Parameters<OAuthServerProvider['authorize']>[0];
  const clients = new Map<string, Client>();
  const codes = new Map<string, { challenge: string; redirectUri: string }>();
  const access = new Set<string>();
  const refresh = new Set<string>();
  const seen = { registered: 0, refreshed: 0, deny: false, challenged: 0 };
  const issue = () => {
    const tokens = { access_token: randomUUID(), refresh_token: randomUUID(), token_type: 'bearer', expires_in: 3600 };
    access.add(tokens.access_token);
    refresh.add(tokens.refresh_token);
    return tokens;
  };
  const provider: OAuthServerProvider = {
    clientsStore: {
      getClient: (id) => clients.get(id),
      registerClient(client) {
        seen.registered++;
        const made = { ...client, client_id: randomUUID(), client_id_issued_at: 1 } as Client;
        clients.set(made.client_id, made);
        return made;
      },
    },
    async authorize(_, { redirectUri, codeChallenge, state = '' }, response) {
      const back = new URL(redirectUri);
      const code = randomUUID();
      codes.set(code, { challenge: codeChallenge, redirectUri });
      if (seen.deny) back.searchParams.set('error', 'access_denied');
      else back.searchParams.set('code', code);
      back.searchParams.set('state', state);
      response.redirect(back.href);
    },
    async challengeForAuthorizationCode(_, code) {
      seen.challenged++;
      return codes.get(code)?.challenge ?? '';
    },
    async exchangeAuthorizationCode(_, code, __, redirectUri) {
      const known = codes.get(code);
      if (known?.redirectUri !== redirectUri || !codes.delete(code)) throw new Error('no such code');
      return issue();
    },
    async exchangeRefreshToken(_, token) {
      if (!refresh.delete(token)) throw new Error('no such token');
      seen.refreshed++;
      return issue();
    },
    async verifyAccessToken(token) {
      if (!access.has(token)) throw new (await invalidToken())('unknown token');
      return { token, clientId: 'c', scopes: [], expiresAt: Math.floor(Date.now() / 1000) + 3600 };
    },
  };
  const app = express();
  const made = createServer(app);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${(made.address() as AddressInfo).port}`;
  const url = `${origin}/mcp`;
  app.use(mcpAuthRouter({ provider, issuerUrl: new URL(origin), resourceServerUrl: new URL(url) }));
  const handler = createMcpHandler(() => createMcpServer([hello], { policy: fullAuto({ root: '/nowhere' }) }));
  const resourceMetadataUrl = `${origin}/.well-known/oauth-protected-resource/mcp`;
  app.all('/mcp', requireBearerAuth({ verifier: provider, resourceMetadataUrl }), (request, response) => {
    nodeListener(handler.fetch)(request, response);
  });
  return { url, seen, expire: () => access.clear(), revoke: () => refresh.clear() };
}

async function invalidToken() {
  const { InvalidTokenError } = await import('@modelcontextprotocol/server-legacy/auth');
  return InvalidTokenError;
}

function memorySecrets(): McpSecrets & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    get: async (name) => kept.get(name),
    set: async (name, secret) => void kept.set(name, secret),
    delete: async (name) => kept.delete(name),
  };
}

/** A user who signs in: his browser opens the page and comes back to where it is sent. */
const browse = async (url: URL): Promise<void> => void (await fetch(url));

async function greet(url: string, secrets: McpSecrets): Promise<unknown> {
  await using connection = await connectMcp('web', { url, auth: mcpOAuth({ server: 'web', url, secrets }) });
  const { signal } = new AbortController();
  const context = { signal, callId: 'c', runId: 'r', sessionId: 's', progress: () => {}, patched: () => {} };
  return await connection.tools[0]?.execute({}, context);
}

const greeting = [{ type: 'text', text: 'hello' }];
const soon = (): AbortSignal => AbortSignal.timeout(30_000);

test('a user signs in once; the tokens serve later connections and are renewed when they run out', async () => {
  const { url, seen, expire } = await serve();
  const secrets = memorySecrets();
  await expect(greet(url, secrets)).rejects.toMatchObject({ code: 'auth_missing' });
  await authorizeMcp({ server: 'web', url, secrets, open: browse, signal: soon() });
  expect(seen).toMatchObject({ registered: 1, challenged: 1 });
  expect(await greet(url, secrets)).toEqual(greeting);
  const before = secrets.kept.get('mcp-web');
  expire();
  expect(await greet(url, secrets)).toEqual(greeting);
  expect(seen.refreshed).toBe(1);
  expect(secrets.kept.get('mcp-web')).not.toBe(before);
  expect(await greet(url, secrets)).toEqual(greeting);
  expect(seen.refreshed).toBe(1);
});

test('one who is signed out, or whose tokens are all void, is told to sign in', async () => {
  const { url, expire, revoke } = await serve();
  const secrets = memorySecrets();
  await authorizeMcp({ server: 'web', url, secrets, open: browse, signal: soon() });
  expire();
  revoke();
  await expect(greet(url, secrets)).rejects.toMatchObject({ code: 'auth_missing' });
  await authorizeMcp({ server: 'web', url, secrets, open: browse, signal: soon() });
  expect(await greet(url, secrets)).toEqual(greeting);
  expect(await forgetMcp({ server: 'web', secrets })).toBe(true);
  await expect(greet(url, secrets)).rejects.toMatchObject({ code: 'auth_missing' });
});

test('tokens of one address are not sent to another that took the name', async () => {
  const { url } = await serve();
  const secrets = memorySecrets();
  await authorizeMcp({ server: 'web', url, secrets, open: browse, signal: soon() });
  const other = mcpOAuth({ server: 'web', url: 'https://evil.example/mcp', secrets });
  expect(await other.tokens()).toBeUndefined();
  expect(await mcpOAuth({ server: 'web', url, secrets }).tokens()).toBeDefined();
});

test('a user who refuses, a forged answer and nobody at all end the sign-in', async () => {
  const { url, seen } = await serve();
  const secrets = memorySecrets();
  const signIn = (open: (page: URL) => Promise<void>, signal = soon()) =>
    authorizeMcp({ server: 'web', url, secrets, open, signal });
  const forge = async (page: URL): Promise<void> => {
    const back = new URL(page.searchParams.get('redirect_uri') ?? '');
    back.search = '?code=stolen&state=guessed';
    expect((await fetch(back)).status).toBe(404);
    await browse(page);
  };
  await signIn(forge);
  seen.deny = true;
  await expect(signIn(browse)).rejects.toMatchObject({
    code: 'auth_refused',
    message: expect.stringContaining('access_denied'),
  });
  const controller = new AbortController();
  const nobody = signIn(async () => controller.abort(), controller.signal);
  await expect(nobody).rejects.toMatchObject({ code: 'aborted' });
});
