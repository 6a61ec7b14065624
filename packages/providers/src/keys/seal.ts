import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { CapstanError } from '@capstan/sdk/contract';

/** Text that only a passphrase opens: scrypt, then AES-256-GCM. All bytes in base64. */
export interface Sealed {
  readonly kdf: 'scrypt';
  /** Cost of scrypt: N, r and p. */
  readonly cost: readonly [N: number, r: number, p: number];
  readonly salt: string;
  readonly nonce: string;
  readonly tag: string;
  readonly data: string;
}

/** 64 MiB and about a fifth of a second (OWASP's advice for scrypt is N = 2^16 or more with r = 8). */
const cost = [2 ** 16, 8, 1] as const;

/** Seals text with a passphrase. */
export async function seal(text: string, passphrase: string): Promise<Sealed> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(passphrase, salt, cost), nonce);
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const tag = cipher.getAuthTag();
  return { kdf: 'scrypt', cost, salt: base64(salt), nonce: base64(nonce), tag: base64(tag), data: base64(data) };
}

/** Opens sealed text. @throws {CapstanError} `invalid_config` for a wrong passphrase or a changed file. */
export async function unseal(sealed: Sealed, passphrase: string): Promise<string> {
  try {
    const key = await deriveKey(passphrase, bytes(sealed.salt), sealed.cost);
    const decipher = createDecipheriv('aes-256-gcm', key, bytes(sealed.nonce), { authTagLength: 16 });
    decipher.setAuthTag(bytes(sealed.tag));
    return Buffer.concat([decipher.update(bytes(sealed.data)), decipher.final()]).toString('utf8');
  } catch {
    const text = 'The stored keys do not open: the passphrase is wrong, or the file was changed.';
    throw new CapstanError('invalid_config', text, { where: 'passphrase' });
  }
}

function deriveKey(passphrase: string, salt: Uint8Array, [N, r, p]: Sealed['cost']): Promise<Buffer> {
  // A file must not make us spend memory without end.
  if (N > 2 ** 20 || r > 32 || p > 16) return Promise.reject(new Error('cost out of bounds'));
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function base64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64');
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
