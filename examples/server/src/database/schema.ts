import type { Database } from './database.ts';
import { reserveFunction, settleFunction } from './limit-functions.ts';

type Kind = Database['kind'];

/**
 * One list of steps for both databases; a version is its place in the list, and what was released is never edited. Times
 * are Unix milliseconds. Where only one database needs a step, it says so.
 */
const versions: readonly (readonly (string | { readonly kind: Kind; readonly text: string })[])[] = [
  [
    `CREATE TABLE relay_secrets (id TEXT PRIMARY KEY, secret TEXT NOT NULL, made_at BIGINT NOT NULL)`,
    `CREATE TABLE relay_devices (
      id TEXT PRIMARY KEY, organisation TEXT NOT NULL, label TEXT NOT NULL, made_at BIGINT NOT NULL,
      revoked_at BIGINT, stopped_until BIGINT, stopped_why TEXT)`,
    `CREATE TABLE relay_tokens (
      hash TEXT PRIMARY KEY, device_id TEXT NOT NULL, issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)`,
    `CREATE INDEX relay_tokens_by_device ON relay_tokens (device_id)`,
    `CREATE INDEX relay_tokens_by_end ON relay_tokens (expires_at)`,
    `CREATE TABLE relay_spent_work (challenge TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)`,
    `CREATE TABLE relay_usage (
      day TEXT NOT NULL, device_id TEXT NOT NULL, organisation TEXT NOT NULL, model TEXT NOT NULL,
      requests BIGINT NOT NULL, errors BIGINT NOT NULL,
      input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
      cached_tokens BIGINT NOT NULL, reasoning_tokens BIGINT NOT NULL,
      cost_micros BIGINT NOT NULL, unpriced BIGINT NOT NULL,
      ms_250 BIGINT NOT NULL, ms_1000 BIGINT NOT NULL, ms_4000 BIGINT NOT NULL, ms_16000 BIGINT NOT NULL,
      ms_64000 BIGINT NOT NULL, ms_over BIGINT NOT NULL,
      PRIMARY KEY (day, device_id, organisation, model))`,
    `CREATE TABLE relay_counters (
      name TEXT NOT NULL, window_start BIGINT NOT NULL, window_end BIGINT NOT NULL, used BIGINT NOT NULL,
      PRIMARY KEY (name, window_start))`,
    `CREATE INDEX relay_counters_by_end ON relay_counters (window_end)`,
    { kind: 'postgres', text: `ALTER TABLE relay_counters ADD COLUMN reserved JSONB NOT NULL DEFAULT '{}'` },
    `CREATE TABLE relay_owners (id TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)`,
    { kind: 'postgres', text: reserveFunction },
    { kind: 'postgres', text: settleFunction },
    `CREATE TABLE relay_runs (
      id TEXT PRIMARY KEY, session_id TEXT NOT NULL, device_id TEXT NOT NULL, organisation TEXT NOT NULL,
      workspace TEXT NOT NULL, task TEXT NOT NULL, settings TEXT NOT NULL, made_at BIGINT NOT NULL)`,
    `CREATE INDEX relay_runs_by_device ON relay_runs (device_id, made_at)`,
  ],
];

/** The number of the newest version. */
export const schemaVersion = versions.length;

/** Gives the statements that lead from a version to the newest. */
export function migrations(from: number, kind: Kind): readonly string[] {
  return versions
    .slice(from)
    .flat()
    .flatMap((step) => (typeof step === 'string' ? step : step.kind === kind ? step.text : []));
}
