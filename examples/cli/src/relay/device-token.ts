import { createHash } from 'node:crypto';
import { CapstanError } from '@capstan/sdk/contract';
import type { KeyStore } from '@capstan/providers/keys';
import { askRelay, refusal, type RelayAnswer } from './ask-relay.ts';
import { solveWork } from './solve-work.ts';

export interface DeviceTokenOptions {
  readonly keys: KeyStore;
  /** Unix milliseconds. */
  readonly now: number;
}

/** The name a relay's token is kept under: each relay has its own, and is sent no other's. */
export function tokenName(address: string): string {
  return `relay-${createHash('sha256').update(address).digest('hex').slice(0, 16)}`;
}

/**
 * Gives the token of this machine for a relay: the kept one, rotated when its time comes, or a new one.
 *
 * @throws {CapstanError} `auth_refused` when the relay gives none, `model_failed` when it does not answer.
 */
export async function deviceToken(address: string, { keys, now }: DeviceTokenOptions): Promise<string> {
  const name = tokenName(address);
  const kept = await keys.get(name);
  if (kept !== undefined) {
    const me = await askRelay(address, { method: 'GET', path: '/v1/devices/me', token: kept });
    if (me.status === 200) {
      const renewAfter = Number(me.json['renew_after'] ?? Infinity);
      return now < renewAfter ? kept : rotated(address, kept, keys);
    }
    // A device that was stopped does not get round that with a new token.
    if (me.status !== 401) throw refused(address, me);
  }
  const fresh = await issued(address);
  await keys.set(name, fresh);
  return fresh;
}

async function rotated(address: string, kept: string, keys: KeyStore): Promise<string> {
  const answer = await askRelay(address, { method: 'POST', path: '/v1/devices/rotate', token: kept });
  const token = tokenIn(answer);
  // It still holds; the next time may do.
  if (token === undefined) return kept;
  await keys.set(tokenName(address), token);
  return token;
}

async function issued(address: string): Promise<string> {
  const asked = await askRelay(address, { method: 'GET', path: '/v1/devices/challenge' });
  if (asked.status !== 200) throw refused(address, asked);
  const { challenge, bits } = asked.json;
  const work =
    typeof challenge === 'string' ? { challenge, nonce: await solveWork(challenge, Number(bits)) } : undefined;
  const body = { label: 'capstan command line', ...work };
  const answer = await askRelay(address, { method: 'POST', path: '/v1/devices', body });
  const token = tokenIn(answer);
  if (token === undefined) throw refused(address, answer);
  return token;
}

function tokenIn({ status, json }: RelayAnswer): string | undefined {
  const { token } = json;
  return status === 201 && typeof token === 'string' && token !== '' ? token : undefined;
}

function refused(address: string, answer: RelayAnswer): CapstanError {
  const text = `The relay at ${address} gives no token (${answer.status}): ${refusal(answer)}`;
  return new CapstanError('auth_refused', text, { status: answer.status, where: address });
}
