import { randomBytes } from 'node:crypto';
import { CapstanError } from '@capstan/sdk';
import type { Database } from '../database/database.ts';
import type { SigningKey } from './token.ts';

/**
 * Gives the keys that tokens are signed with, the first to sign and all to check: those configured, else one that is made
 * at the first start and kept in the database, where all relays that share it find the same.
 *
 * @throws {CapstanError} `invalid_config` for a secret under 32 characters or two keys of one id.
 */
export async function signingKeys(
  configured: readonly SigningKey[],
  { database, now }: { readonly database: Database; readonly now: number },
): Promise<readonly [SigningKey, ...SigningKey[]]> {
  for (const { id, secret } of configured) checkKey(id, secret);
  const ids = new Set(configured.map(({ id }) => id));
  if (ids.size < configured.length) throw wrong('two keys have the same id');
  const [first, ...others] = configured;
  if (first) return [first, ...others];
  const fresh = randomBytes(32).toString('base64url');
  await database.query(
    'INSERT INTO relay_secrets (id, secret, made_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
    ['own', fresh, now],
  );
  const rows = await database.query<SigningKey>("SELECT id, secret FROM relay_secrets WHERE id = 'own'");
  return [rows[0] ?? { id: 'own', secret: fresh }];
}

function checkKey(id: string, secret: string): void {
  if (!/^[a-z0-9-]{1,20}$/.test(id)) throw wrong(`"${id}" is no id; use up to 20 small letters, digits and dashes`);
  if (secret.length < 32) throw wrong(`the secret of "${id}" is shorter than 32 characters`);
}

function wrong(what: string): CapstanError {
  const text = `The signing keys of device tokens are wrong: ${what}. Make one with: openssl rand -base64 32`;
  return new CapstanError('invalid_config', text, { where: 'devices.signingKeys' });
}
