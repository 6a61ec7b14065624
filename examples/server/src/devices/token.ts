import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** A key that tokens and challenges are signed with. */
export interface SigningKey {
  readonly id: string;
  /** At least 32 random bytes, base64url. */
  readonly secret: string;
}

/** What a token says, which its signature vouches for. */
export interface TokenClaims {
  readonly deviceId: string;
  /** Makes each token another, also two of one second. */
  readonly serial: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly organisation?: string;
}

const prefix = 'cap1';

/** Makes a token: `cap1.<key>.<claims>.<HMAC-SHA256>`, in characters that any header takes. */
export function signToken(claims: TokenClaims, key: SigningKey): string {
  const { deviceId, serial, expiresAt, organisation = '' } = claims;
  const body = Buffer.from(JSON.stringify([deviceId, serial, expiresAt, organisation])).toString('base64url');
  const signed = `${prefix}.${key.id}.${body}`;
  return `${signed}.${sign(signed, key)}`;
}

/** Reads a token whose signature is right; `undefined` for anything else. Says nothing of revocation and age. */
export function readToken(token: string, keys: readonly SigningKey[]): TokenClaims | undefined {
  if (token.length > 1000 || !token.startsWith(`${prefix}.`)) return undefined;
  const [, keyId, body, mac, ...rest] = token.split('.');
  const key = keys.find(({ id }) => id === keyId);
  if (!key || !body || !mac || rest.length > 0) return undefined;
  if (!isSame(mac, sign(`${prefix}.${key.id}.${body}`, key))) return undefined;
  const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  return claimsOf(claims);
}

/** The form in which a token is kept: a digest of the whole of it. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** Signs a text. */
export function sign(text: string, key: SigningKey): string {
  return createHmac('sha256', key.secret).update(text).digest('base64url');
}

/** Compares two secrets in a time that tells nothing of where they differ. */
export function isSame(one: string, other: string): boolean {
  const digests = [one, other].map((each) => hash('sha256', each, 'buffer'));
  return timingSafeEqual(digests[0] as Buffer, digests[1] as Buffer) && one.length === other.length;
}

function claimsOf(value: unknown): TokenClaims | undefined {
  if (!Array.isArray(value)) return undefined;
  const [deviceId, serial, expiresAt, organisation] = value as unknown[];
  if (typeof deviceId !== 'string' || typeof serial !== 'string' || typeof expiresAt !== 'number') return undefined;
  return { deviceId, serial, expiresAt, ...(typeof organisation === 'string' && organisation ? { organisation } : {}) };
}
