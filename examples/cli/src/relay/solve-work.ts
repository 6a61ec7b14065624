import { hash } from 'node:crypto';
import { CapstanError } from '@capstan/sdk/contract';

/** More would keep a machine busy for minutes: no relay of good will asks for it. */
const mostBits = 24;

/**
 * Finds what makes `sha256(challenge + ':' + nonce)` begin with as many zero bits as are asked for.
 *
 * @throws {CapstanError} `auth_refused` when more is asked for than a token is worth.
 */
export async function solveWork(challenge: string, bits: number): Promise<string> {
  if (!(Number.isInteger(bits) && bits >= 0 && bits <= mostBits))
    throw new CapstanError('auth_refused', `The relay asks for ${bits} bits of work, more than ${mostBits}.`);
  for (let nonce = 0; ; nonce += 1) {
    const digest = hash('sha256', `${challenge}:${nonce}`, 'buffer');
    if (bits === 0 || digest.readUInt32BE(0) >>> (32 - bits) === 0) return String(nonce);
    // Now and then signals get their turn.
    if (nonce % 20_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
