import type { Database } from '../database/database.ts';
import type { KeptCounter, MemoryLimits } from './memory-limits.ts';

/** Puts back the counters of windows that still run, so that a restart renews no quota. */
export async function restoreCounters(limits: MemoryLimits, database: Database, now: number): Promise<void> {
  const text = `
    SELECT name, window_start AS start, window_end AS "end", used FROM relay_counters WHERE window_end > $1`;
  limits.restore(await database.query<KeptCounter>(text, [now]));
}

/** Keeps the counters that changed since the last time, and forgets those that are over. */
export async function keepCounters(limits: MemoryLimits, database: Database, now: number): Promise<void> {
  const changed = limits.takeChanged();
  if (changed.length === 0) return;
  const text = `
    INSERT INTO relay_counters (name, window_start, window_end, used) VALUES ($1, $2, $3, $4)
    ON CONFLICT (name, window_start) DO UPDATE SET used = excluded.used`;
  await database.batch([
    ...changed.map(({ name, start, end, used }) => ({ text, values: [name, start, end, used] })),
    { text: 'DELETE FROM relay_counters WHERE window_end <= $1', values: [now] },
  ]);
}
