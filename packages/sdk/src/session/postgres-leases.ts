import type { Lease, LeaseHolder, SessionLeases } from '../contract/lease.ts';
import { isDead } from './lease-holder.ts';
import { heldByAnother, leaseLost } from './lease-rules.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { leaseColumns } from './store-schema.ts';

/** Unix milliseconds by the server's clock, so that writers need not agree on the time. */
export const serverNow = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** A session that nobody holds, or whose holder ($4) is known to be dead, changes hands in one statement. */
const take = `
  INSERT INTO capstan_leases AS held (${leaseColumns})
  VALUES ($1, 1, $2, ${serverNow} + $3::bigint)
  ON CONFLICT (session_id) DO UPDATE
  SET token = held.token + 1, holder = excluded.holder, expires_at = excluded.expires_at
  WHERE held.expires_at <= ${serverNow} OR held.holder = $4
  RETURNING token, expires_at`;

const renew = `
  UPDATE capstan_leases SET expires_at = ${serverNow} + $4::bigint
  WHERE session_id = $1 AND token = $2 AND holder = $3 AND expires_at > 0
  RETURNING token, expires_at`;

const release = 'UPDATE capstan_leases SET expires_at = 0 WHERE session_id = $1 AND token = $2 AND holder = $3';

const find = `SELECT token, holder, expires_at, expires_at > ${serverNow} AS live FROM capstan_leases WHERE session_id = $1`;

interface Granted {
  readonly token: string;
  readonly expires_at: string;
}

/** Leases of sessions in PostgreSQL. */
export function postgresLeases(database: PostgresDatabase, ttlMs: number): SessionLeases {
  const granted = (sessionId: string, holder: LeaseHolder, [row]: readonly Granted[]): Lease | undefined =>
    row && { sessionId, holder, ttlMs, token: Number(row.token), expiresAt: Number(row.expires_at) };
  return {
    async take(sessionId, holder) {
      const ask = (dead: string | null) =>
        database.query<Granted>(take, [sessionId, JSON.stringify(holder), ttlMs, dead]);
      for (let dead: string | null = null; ;) {
        const lease = granted(sessionId, holder, await ask(dead));
        if (lease) return lease;
        const current = await currentLease(database, sessionId);
        if (!current?.live) continue;
        if (!isDead(current.lease.holder)) throw heldByAnother(current.lease);
        dead = JSON.stringify(current.lease.holder);
      }
    },
    async renew(lease) {
      const rows = await database.query<Granted>(renew, [...keyOf(lease), lease.ttlMs]);
      const renewed = granted(lease.sessionId, lease.holder, rows);
      if (!renewed) throw leaseLost(lease, (await currentLease(database, lease.sessionId))?.lease);
      return renewed;
    },
    async release(lease) {
      await database.query(release, keyOf(lease));
    },
    async find(sessionId) {
      const current = await currentLease(database, sessionId);
      return current?.live ? current.lease : undefined;
    },
  };
}

/** The lease that a session was last taken under, and whether it holds still. */
export async function currentLease(
  database: PostgresDatabase,
  sessionId: string,
): Promise<{ readonly lease: Lease; readonly live: boolean } | undefined> {
  type Row = Granted & { readonly holder: string; readonly live: boolean };
  const [row] = await database.query<Row>(find, [sessionId]);
  if (!row) return undefined;
  const holder = JSON.parse(row.holder) as LeaseHolder;
  const lease = { sessionId, holder, token: Number(row.token), expiresAt: Number(row.expires_at), ttlMs: 0 };
  return { lease, live: row.live };
}

/** The values by which a statement knows a lease. */
export function keyOf({ sessionId, token, holder }: Lease): readonly unknown[] {
  return [sessionId, token, JSON.stringify(holder)];
}
