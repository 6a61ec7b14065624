/** What a column holds. */
export type SqlValue = string | number | null;

export interface Statement {
  /** Written for PostgreSQL, with `$1`, `$2`, … for the values; only what SQLite understands too. */
  readonly text: string;
  readonly values?: readonly SqlValue[];
}

/**
 * Where the relay keeps devices, usage and runs: one SQLite file, or PostgreSQL when several relays share it. Values go
 * in as parameters only.
 *
 * Methods throw `CapstanError` with `store_failed`, retryable, when the database cannot be reached.
 */
export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  query<Row extends object>(text: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** Executes all statements or none. */
  batch(statements: readonly Statement[]): Promise<void>;
  close(): Promise<void>;
}
