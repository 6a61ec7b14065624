import { hash } from 'node:crypto';
import { isSame, sign, type SigningKey } from './token.ts';

/** A piece of work to be shown before a token is issued. */
export interface Challenge {
  /** To be sent back with the solution. */
  readonly challenge: string;
  /** Leading zero bits that `sha256(challenge + ':' + nonce)` must have. */
  readonly bits: number;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

const challengeMs = 5 * 60_000;

/** Sets a piece of work. Nothing is kept of it: its signature says that it is ours and how hard it was. */
export function setWork(
  bits: number,
  { key, now, random }: { key: SigningKey; now: number; random: string },
): Challenge {
  const expiresAt = now + challengeMs;
  const signed = `work.${bits}.${expiresAt}.${random}`;
  return { challenge: `${signed}.${sign(signed, key)}`, bits, expiresAt };
}

/**
 * Checks a solution.
 *
 * @returns When the challenge ends, until when it must be remembered as spent; `undefined` if it is not solved, is too
 *   old, too easy for what is asked today, or none of ours.
 */
export function checkWork(
  { challenge, nonce }: { readonly challenge: string; readonly nonce: string },
  { keys, now, bits }: { readonly keys: readonly SigningKey[]; readonly now: number; readonly bits: number },
): number | undefined {
  const [kind, setBits, expiresAt, random, mac, ...rest] = challenge.split('.');
  if (kind !== 'work' || !mac || rest.length > 0 || nonce.length > 40) return undefined;
  const signed = `work.${setBits}.${expiresAt}.${random}`;
  if (!keys.some((key) => isSame(mac, sign(signed, key)))) return undefined;
  if (Number(expiresAt) < now || Number(setBits) < bits) return undefined;
  return zeroBits(hash('sha256', `${challenge}:${nonce}`, 'buffer')) >= Number(setBits) ? Number(expiresAt) : undefined;
}

function zeroBits(digest: Buffer): number {
  let bits = 0;
  for (const byte of digest) {
    if (byte === 0) bits += 8;
    else return bits + Math.clz32(byte) - 24;
  }
  return bits;
}
