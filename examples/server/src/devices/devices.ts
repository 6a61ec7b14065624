import { randomBytes } from 'node:crypto';
import { CapstanError, newId } from '@capstan/sdk';
import type { Database, Statement } from '../database/database.ts';
import { KnownTokens, type KnownToken } from './known-tokens.ts';
import { listDevices, type Device, type DeviceQuery } from './list-devices.ts';
import { signingKeys } from './signing-keys.ts';
import { readToken, signToken, tokenHash, type SigningKey } from './token.ts';
import { checkWork, setWork, type Challenge } from './work.ts';

export interface DevicesOptions {
  /** The first signs, all check. Default: one that is made once and kept in the database. */
  readonly signingKeys?: readonly SigningKey[];
  /** Days that a token holds. Default 90. */
  readonly tokenDays?: number;
  /** Minutes that a token still holds after it was rotated. Default 10. */
  readonly overlapMinutes?: number;
  /** Leading zero bits of the work that is shown before a token is issued; 0 asks for none. Default 16. */
  readonly workBits?: number;
  /** Milliseconds after which a revocation by another relay counts here at the latest. Default 5,000. */
  readonly staleMs?: number;
}

/** Whom a token stands for. */
export interface TokenHolder {
  readonly deviceId: string;
  readonly organisation: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  /** From when on the token should be rotated: when a third of its days is left. */
  readonly renewAfter: number;
}

export interface IssuedToken extends TokenHolder {
  /** Shown here once; only a digest of it is kept. */
  readonly token: string;
}

export interface NewDevice {
  /** Empty for a device of nobody's. */
  readonly organisation?: string | undefined;
  /** A name for lists. */
  readonly label?: string | undefined;
}

/** Issues and checks the tokens by which devices call. */
export interface Devices {
  /** Sets work for who wants a token; `undefined` when none is asked for. */
  challenge(): Challenge | undefined;
  /** Takes a solution, which counts once. @throws {CapstanError} `auth_refused` when it is none. */
  spendWork(solution: { readonly challenge: string; readonly nonce: string } | undefined): Promise<void>;
  issue(device: NewDevice): Promise<IssuedToken>;
  /**
   * Checks a token.
   *
   * @throws {CapstanError} `auth_missing`, `auth_refused`; `rate_limited`, not retryable, for a device that was stopped;
   *   `store_failed` when it cannot be looked up.
   */
  verify(token: string | undefined): Promise<TokenHolder>;
  /** Gives a new token for the device of this one, which goes on to hold for the overlap. */
  rotate(token: string): Promise<IssuedToken>;
  /** Ends a device and all its tokens, for ever. @throws {CapstanError} `not_found`. */
  revoke(deviceId: string): Promise<void>;
  /** Refuses a device until a time (Unix milliseconds); `undefined` lets it in again. @throws {CapstanError} `not_found`. */
  stop(deviceId: string, until: number | undefined, why: string): Promise<void>;
  list(query?: DeviceQuery): Promise<readonly Device[]>;
  /** Forgets tokens and work that have ended, and devices of which nothing is left. */
  tidy(): Promise<void>;
}

const day = 86_400_000;

/** Opens the devices that the database holds. */
export async function openDevices(
  options: DevicesOptions & { readonly database: Database; readonly clock: () => number },
): Promise<Devices> {
  const { database, clock, tokenDays = 90, overlapMinutes = 10, workBits = 16, staleMs = 5000 } = options;
  const renewMs = (tokenDays * day) / 3;
  const keys = await signingKeys(options.signingKeys ?? [], { database, now: clock() });
  const known = new KnownTokens({ database, staleMs, clock });

  function fresh(deviceId: string, organisation: string): IssuedToken & { readonly insert: Statement } {
    const now = clock();
    const expiresAt = now + tokenDays * day;
    const serial = randomBytes(12).toString('base64url');
    const token = signToken({ deviceId, serial, expiresAt, organisation }, keys[0]);
    const text = 'INSERT INTO relay_tokens (hash, device_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)';
    const insert = { text, values: [tokenHash(token), deviceId, now, expiresAt] };
    return { deviceId, organisation, expiresAt, renewAfter: expiresAt - renewMs, token, insert };
  }

  async function change(text: string, values: Statement['values'], deviceId: string): Promise<void> {
    const rows = await database.query(text, values);
    known.forget();
    if (rows.length === 0) throw new CapstanError('not_found', `There is no device ${deviceId}.`, { where: 'device' });
  }

  const devices: Devices = {
    challenge() {
      if (workBits === 0) return undefined;
      return setWork(workBits, { key: keys[0], now: clock(), random: randomBytes(16).toString('base64url') });
    },

    async spendWork(solution) {
      if (workBits === 0) return;
      if (!solution) throw unsolved('A solved challenge is needed');
      const endsAt = checkWork(solution, { keys, now: clock(), bits: workBits });
      if (endsAt === undefined) throw unsolved('The challenge is not solved, or is too old');
      const rows = await database.query(
        'INSERT INTO relay_spent_work (challenge, expires_at) VALUES ($1, $2) ON CONFLICT (challenge) DO NOTHING RETURNING 1',
        [tokenHash(solution.challenge), endsAt],
      );
      if (rows.length === 0) throw unsolved('The challenge was used before');
    },

    async issue({ organisation = '', label = '' }) {
      const { insert, ...issued } = fresh(newId(), organisation);
      const text = 'INSERT INTO relay_devices (id, organisation, label, made_at) VALUES ($1, $2, $3, $4)';
      await database.batch([{ text, values: [issued.deviceId, organisation, label, clock()] }, insert]);
      return issued;
    },

    async verify(token) {
      if (!token) throw new CapstanError('auth_missing', `No device token was given. ${howTo}`);
      const found = known.get(tokenHash(token), () => readToken(token, keys) !== undefined);
      return checked(found instanceof Promise ? await found : found, clock(), renewMs);
    },

    async rotate(token) {
      const { deviceId, organisation } = await devices.verify(token);
      const { insert, ...issued } = fresh(deviceId, organisation);
      const text = 'UPDATE relay_tokens SET expires_at = $2 WHERE hash = $1 AND expires_at > $2';
      await database.batch([insert, { text, values: [tokenHash(token), clock() + overlapMinutes * 60_000] }]);
      known.forget();
      return issued;
    },

    revoke: (id) =>
      change(
        'UPDATE relay_devices SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING id',
        [id, clock()],
        id,
      ),

    stop: (id, until, why) =>
      change(
        'UPDATE relay_devices SET stopped_until = $2, stopped_why = $3 WHERE id = $1 RETURNING id',
        [id, until ?? null, until === undefined ? null : why],
        id,
      ),

    list: (query) => listDevices(database, query),

    async tidy() {
      const now = clock();
      await database.batch([
        { text: 'DELETE FROM relay_tokens WHERE expires_at < $1', values: [now - day] },
        { text: 'DELETE FROM relay_spent_work WHERE expires_at < $1', values: [now] },
        { text: forgetDevices, values: [now - day] },
      ]);
    },
  };

  return devices;
}

/** Anybody may be given a token and never come again. */
const forgetDevices = `
  DELETE FROM relay_devices WHERE made_at < $1 AND id NOT IN (SELECT device_id FROM relay_tokens)
    AND id NOT IN (SELECT device_id FROM relay_usage) AND id NOT IN (SELECT device_id FROM relay_runs)`;

const howTo = 'Get one with POST /v1/devices and send it where the key goes.';

function checked(token: KnownToken | undefined, now: number, renewMs: number): TokenHolder {
  if (!token) throw new CapstanError('auth_refused', `The device token is not known. ${howTo}`);
  if (token.revokedAt !== null) throw new CapstanError('auth_refused', `The device was revoked. ${howTo}`);
  if (token.expiresAt <= now) throw new CapstanError('auth_refused', `The device token has expired. ${howTo}`);
  if (token.stoppedUntil !== null && token.stoppedUntil > now)
    throw stopped(token.stoppedUntil, token.stoppedWhy ?? '');
  const { deviceId, organisation, expiresAt } = token;
  return { deviceId, organisation, expiresAt, renewAfter: expiresAt - renewMs };
}

/** What a device that was stopped is told. */
export function stopped(until: number, why: string): CapstanError {
  const text = `The device is stopped until ${new Date(until).toISOString()}: ${why} An administrator may resume it.`;
  return new CapstanError('rate_limited', text, { retryable: false, where: 'device' });
}

function unsolved(what: string): CapstanError {
  return new CapstanError('auth_refused', `${what}. Get one from GET /v1/devices/challenge.`, { where: 'challenge' });
}
