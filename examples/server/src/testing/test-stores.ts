import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of one test's own: a schema in the PostgreSQL that `CAPSTAN_TEST_POSTGRES` names. */
export async function freshPostgres(url: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const schema = `relay_${randomBytes(6).toString('hex')}`;
  const admin = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await admin(`CREATE SCHEMA ${schema}`);
  const own = new URL(url);
  own.searchParams.set('options', `-csearch_path=${schema}`);
  return { url: own.href, drop: () => admin(`DROP SCHEMA ${schema} CASCADE`) };
}

/** A prefix of keys of one test's own. */
export function freshPrefix(): string {
  return `{test-${randomBytes(6).toString('hex')}}:`;
}
