import { randomBytes } from 'node:crypto';
import type { Database } from '../database/database.ts';
import { storeFailure } from '../database/store-failure.ts';
import type { Claim, LimitStore } from './limit-store.ts';
import { defaultLeaseMs, windowStart } from './limit-store.ts';

interface Row {
  readonly o_state: 'admitted' | 'refused' | 'owner';
  readonly o_now: number;
  readonly o_taken: readonly string[] | null;
  readonly o_used: readonly string[] | null;
}

const nowMs = '(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT';

export interface PostgresLimitsOptions {
  readonly database: Database;
  /** Milliseconds that a dead relay's reservations count. Default 30,000. */
  readonly leaseMs?: number;
}

/** Makes limits that all relays of one PostgreSQL share: one statement, one transaction, a call. */
export function postgresLimits({ database, leaseMs = defaultLeaseMs }: PostgresLimitsOptions): LimitStore {
  let owner: Promise<string> | undefined;

  function begin(): Promise<string> {
    owner = (async () => {
      const id = randomBytes(9).toString('base64url');
      await database.query(`INSERT INTO relay_owners (id, expires_at) VALUES ($1, ${nowMs} + $2)`, [id, leaseMs]);
      return id;
    })();
    owner.catch(() => (owner = undefined));
    return owner;
  }

  async function reserve(claims: readonly Claim[], mayBegin = true): ReturnType<LimitStore['reserve']> {
    const id = await (owner ?? begin());
    const rows = await database.query<Row>('SELECT * FROM relay_reserve($1, $2, $3, $4, $5)', [
      id,
      array(claims.map(({ name }) => name)),
      array(claims.map(({ windowMs }) => windowMs)),
      array(claims.map(({ max }) => max)),
      array(claims.map(({ amount }) => amount)),
    ]);
    const [row] = rows;
    const { o_state: state, o_now: now } = row ?? { o_state: 'owner', o_now: 0 };
    if (state === 'owner') {
      if (mayBegin && (await owner) === id) void begin();
      if (mayBegin) return reserve(claims, false);
      throw storeFailure('limits', new Error('the lease of this relay cannot be kept'));
    }
    const taken = (row?.o_taken ?? []).map(Number);
    const used = (row?.o_used ?? []).map(Number);
    if (state === 'refused') return { now, taken, used };
    const settle = async (amounts: readonly number[]): Promise<void> => {
      await database.query('SELECT relay_settle($1, $2, $3, $4, $5)', [
        id,
        array(claims.map(({ name }) => name)),
        array(claims.map(({ windowMs }) => windowStart(now, windowMs))),
        array(claims.map(({ amount }) => amount)),
        array(claims.map((_, at) => amounts[at] ?? 0)),
      ]);
    };
    return { now, taken, used, reservation: { settle } };
  }

  return {
    reserve: (claims) => reserve(claims),
    async beat() {
      const id = await (owner ?? begin());
      const kept = await database.query(
        `UPDATE relay_owners SET expires_at = ${nowMs} + $2 WHERE id = $1 AND expires_at >= ${nowMs} RETURNING id`,
        [id, leaseMs],
      );
      if (kept.length === 0) await begin();
      await database.query(`DELETE FROM relay_owners WHERE expires_at < ${nowMs} - 600000`);
      await database.query(`DELETE FROM relay_counters WHERE window_end < ${nowMs} - 600000`);
    },
    async close() {
      const id = await owner?.catch(() => undefined);
      if (id) await database.query('DELETE FROM relay_owners WHERE id = $1', [id]).catch(() => {});
    },
  };
}

/** A PostgreSQL array literal; as a value it cannot leave its place. */
function array(values: readonly (string | number)[]): string {
  return `{${values.map((value) => (typeof value === 'number' ? value : JSON.stringify(value))).join(',')}}`;
}
