import type { Database } from './database.ts';

export interface DatabaseOptions {
  /** A file path, `:memory:`, or `postgresql://…`. */
  readonly url: string;
}

/**
 * Opens the database and makes or upgrades its tables.
 *
 * @throws {CapstanError} `store_failed` when it cannot be opened, or comes from a newer version.
 */
export async function openDatabase({ url }: DatabaseOptions): Promise<Database> {
  if (/^postgres(ql)?:\/\//.test(url)) return (await import('./postgres-database.ts')).openPostgres(url);
  return (await import('./sqlite-database.ts')).openSqlite(url);
}
