import { hash, sign, verify } from 'node:crypto';
import type { KeyLike } from 'node:crypto';
import { CapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import { readEvent } from './read-event.ts';

/** Hash that stands before the first line. */
const genesis = '0'.repeat(64);

/** How a chain came out. */
export type ChainVerdict =
  | { readonly ok: true; readonly lines: number; readonly hash: string; readonly signed: boolean }
  | { readonly ok: false; readonly line: number; readonly reason: string };

/**
 * Writes the events of a finished run as JSON lines, each with the hash of the line before it, and a last line that
 * seals the chain. A change, a removed line or a changed order breaks every hash that follows.
 *
 * The hash of a line is SHA-256 over the hash before it and the event's JSON.
 *
 * @param options.key Ed25519 private key that signs the last hash.
 */
export function auditChain(events: readonly DurableEvent[], { key }: { readonly key?: KeyLike } = {}): string {
  let last = genesis;
  const lines = events.map((event) => {
    const json = JSON.stringify(event);
    last = link(last, json);
    return `{"hash":"${last}","event":${json}}\n`;
  });
  const seal = { seal: last, lines: events.length };
  const signature = key === undefined ? {} : { signature: sign(null, sealed(seal), key).toString('base64') };
  return lines.join('') + JSON.stringify({ ...seal, ...signature }) + '\n';
}

/**
 * Checks a chain and names the first line that is broken.
 *
 * @param options.publicKey Demands a seal signed by the key that belongs to it.
 */
export function verifyAuditChain(text: string, { publicKey }: { readonly publicKey?: KeyLike } = {}): ChainVerdict {
  const lines = text.split('\n').filter((line) => line !== '');
  const seal = readSeal(lines.at(-1));
  let last = genesis;
  for (const [i, line] of lines.slice(0, -1).entries()) {
    const found = readLine(line);
    if (!found) return broken(i, 'it is no line of a run log');
    last = link(last, found.json);
    if (last !== found.hash) return broken(i, 'it, or a line before it, was changed, added, removed or moved');
  }
  const sealLine = lines.length - 1;
  if (!seal) return broken(Math.max(0, sealLine), 'the seal is missing: the log was cut');
  if (seal.lines !== sealLine) return broken(sealLine, `the seal is for ${seal.lines} lines, the log has ${sealLine}`);
  if (seal.seal !== last) return broken(sealLine, 'the seal is of another log');
  const signed = seal.signature !== undefined;
  if (!publicKey) return { ok: true, lines: sealLine, hash: last, signed };
  const right = seal.signature && verify(null, sealed(seal), publicKey, Buffer.from(seal.signature, 'base64'));
  return right
    ? { ok: true, lines: sealLine, hash: last, signed }
    : broken(sealLine, 'the seal is not signed by this key');
}

/** Reads the events of a chain. @throws {CapstanError} `store_failed` naming the first line that is broken. */
export function readAuditChain(text: string): readonly DurableEvent[] {
  const verdict = verifyAuditChain(text);
  if (!verdict.ok)
    throw new CapstanError('store_failed', `Line ${verdict.line} of the run log is broken: ${verdict.reason}.`);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.slice(0, -1).map((line) => readEvent(readLine(line)?.json ?? ''));
}

function link(before: string, json: string): string {
  return hash('sha256', `${before}\n${json}`);
}

function readLine(line: string): { readonly hash: string; readonly json: string } | undefined {
  const found = /^\{"hash":"([0-9a-f]{64})","event":(\{.*\})\}$/s.exec(line);
  return found?.[1] && found[2] ? { hash: found[1], json: found[2] } : undefined;
}

interface Seal {
  readonly seal: string;
  readonly lines: number;
  readonly signature?: string;
}

function readSeal(line: string | undefined): Seal | undefined {
  try {
    const value = JSON.parse(line ?? '') as Partial<Seal>;
    return typeof value.seal === 'string' && typeof value.lines === 'number' ? (value as Seal) : undefined;
  } catch {
    return undefined;
  }
}

function sealed({ seal, lines }: Seal): Buffer {
  return Buffer.from(`${seal} ${lines}`);
}

function broken(index: number, reason: string): ChainVerdict {
  return { ok: false, line: index + 1, reason };
}
