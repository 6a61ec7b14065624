import { randomBytes } from 'node:crypto';
import { CapstanError } from '@capstan/sdk/contract';
import type {
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';

/** Where secrets are kept; `keyStore` of `@capstan/providers/keys` is one. */
export interface McpSecrets {
  get(name: string): Promise<string | undefined>;
  set(name: string, secret: string): Promise<void>;
  delete(name: string): Promise<boolean>;
}

export interface McpOAuthOptions {
  /** Of the server, as `connectMcp` is given it. */
  readonly server: string;
  /** The server's address. What is kept for another address is not used. */
  readonly url: string;
  readonly secrets: McpSecrets;
  /** Asked for when the server does not say which are needed. */
  readonly scope?: string;
}

/** What is kept of one server. */
interface Kept {
  readonly url: string;
  readonly client?: StoredOAuthClientInformation;
  readonly redirectUrl?: string;
  readonly tokens?: StoredOAuthTokens;
}

/** A sign-in that goes on in a browser. */
export interface SignIn {
  readonly redirectUrl: string;
  readonly open: (url: URL) => void | Promise<void>;
  readonly state: string;
}

/**
 * Gives the tokens of a server that the user has signed in to with `authorizeMcp`, as `auth` of its configuration. A token
 * that has run out is renewed, and the new one kept.
 */
export function mcpOAuth(options: McpOAuthOptions): OAuthClientProvider {
  return oauthProvider(options);
}

/** The provider of the MCP SDK: without a sign-in under way it never opens anything. */
export function oauthProvider({ server, url, secrets, scope }: McpOAuthOptions, signIn?: SignIn): OAuthClientProvider {
  const name = secretName(server);
  const kept = async (): Promise<Kept> => readKept(await secrets.get(name), url);
  const keep = async (change: Partial<Kept>): Promise<void> => {
    await secrets.set(name, Buffer.from(JSON.stringify({ ...(await kept()), ...change })).toString('base64url'));
  };
  let verifier = '';
  let discovered: OAuthDiscoveryState | undefined;
  return {
    get redirectUrl() {
      // A refresh goes nowhere; the SDK only wants to know that somebody might be asked.
      return signIn?.redirectUrl ?? 'http://127.0.0.1/callback';
    },
    get clientMetadata() {
      return {
        client_name: 'Capstan',
        redirect_uris: [signIn?.redirectUrl ?? 'http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        ...(scope === undefined ? {} : { scope }),
      };
    },
    state: () => signIn?.state ?? randomBytes(16).toString('base64url'),
    async clientInformation() {
      const { client, redirectUrl } = await kept();
      // Without a client there are no tokens to renew, and nobody is registered who does not sign in.
      if (!signIn && !client) throw notSignedIn(server);
      // Servers hold a client to the address it was registered with, and a new sign-in listens at another port.
      return signIn && redirectUrl !== signIn.redirectUrl ? undefined : client;
    },
    async saveClientInformation(client) {
      if (signIn) await keep({ client, redirectUrl: signIn.redirectUrl });
    },
    tokens: async () => (signIn ? undefined : (await kept()).tokens),
    saveTokens: (tokens) => keep({ tokens }),
    async redirectToAuthorization(address) {
      if (!signIn) throw notSignedIn(server);
      await signIn.open(address);
    },
    saveCodeVerifier: (code) => void (verifier = code),
    codeVerifier: () => verifier,
    saveDiscoveryState: (state) => void (discovered = state),
    discoveryState: () => discovered,
    async invalidateCredentials(what) {
      if (what === 'discovery') discovered = undefined;
      else if (what === 'verifier') verifier = '';
      else if (what === 'tokens') await secrets.set(name, encoded({ ...(await kept()), tokens: undefined }));
      else await secrets.delete(name);
    },
  };
}

/** Under which name the secrets of a server are kept. */
export function secretName(server: string): string {
  return `mcp-${server.toLowerCase()}`;
}

function encoded(kept: object): string {
  return Buffer.from(JSON.stringify(kept)).toString('base64url');
}

function readKept(secret: string | undefined, url: string): Kept {
  if (secret === undefined) return { url };
  try {
    const kept = JSON.parse(Buffer.from(secret, 'base64url').toString()) as Kept;
    return kept.url === url ? kept : { url };
  } catch {
    return { url };
  }
}

function notSignedIn(server: string): CapstanError {
  return new CapstanError('auth_missing', `You are not signed in to the MCP server ${server}. Sign in first.`, {
    where: server,
  });
}
