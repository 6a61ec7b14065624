import { CapstanError } from '../contract/errors.ts';
import type { Lease, LeaseHolder } from '../contract/lease.ts';
import { isDead } from './lease-holder.ts';

/** Milliseconds a lease holds unless it is prolonged; a run prolongs it three times as often. */
export const defaultLeaseMs = 15_000;

/**
 * The lease of a new taker.
 *
 * @throws {CapstanError} `conflict` while another holds the session.
 */
export function takenLease(
  before: Lease | undefined,
  taker: Pick<Lease, 'sessionId' | 'holder' | 'ttlMs'>,
  now: number,
): Lease {
  if (before && before.expiresAt > now && !isDead(before.holder)) throw heldByAnother(before);
  return { ...taker, token: (before?.token ?? 0) + 1, expiresAt: now + taker.ttlMs };
}

/** @throws {CapstanError} `conflict` when another has taken the session since, or it was given up or deleted. */
export function renewedLease(current: Lease | undefined, lease: Lease, now: number): Lease {
  if (!current || !isSame(current, lease) || current.expiresAt === 0) throw leaseLost(lease, current);
  return { ...lease, expiresAt: now + lease.ttlMs };
}

/** @throws {CapstanError} `conflict` unless the writer may append now. */
export function checkWriter(current: Lease | undefined, lease: Lease | undefined, now: number): void {
  if (lease) {
    if (!current || !isSame(current, lease) || current.expiresAt <= now) throw leaseLost(lease, current);
  } else if (current && current.expiresAt > now && !isDead(current.holder)) throw heldByAnother(current);
}

/** Whether two leases are one taker's. */
export function isSame(a: Lease, b: Lease): boolean {
  return a.token === b.token && a.holder.id === b.holder.id;
}

/** The error of a second writer. */
export function heldByAnother({ sessionId, holder, expiresAt }: Lease): CapstanError {
  return new CapstanError(
    'conflict',
    `Session ${sessionId} is held by ${nameOf(holder)}, until ${timeOf(expiresAt)} unless it goes on. ` +
      `Wait for that run or stop it there, or fork the session and go on in the fork. If its process is dead, take over after that time.`,
    { where: sessionId },
  );
}

/** The error of a writer whose time ran out. */
export function leaseLost(lease: Lease, current: Lease | undefined): CapstanError {
  const { sessionId, expiresAt } = lease;
  const taken = current && !isSame(current, lease);
  const why = taken ? `went to ${nameOf(current.holder)}` : current ? 'saw no sign of its life' : 'was deleted';
  return new CapstanError(
    'conflict',
    `This run may no longer write to session ${sessionId}: its lease ended at ${timeOf(expiresAt)}, and the session ${why}. ` +
      `Nothing more of it is kept. Read the session to see what became of it, or fork it.`,
    { where: sessionId },
  );
}

function nameOf({ runId, pid, host }: LeaseHolder): string {
  return `run ${runId} in process ${pid} on ${host}`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
