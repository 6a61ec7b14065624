import type { Database } from '../database/database.ts';

/** What to sum usage by. */
export type UsageGroup = 'day' | 'device' | 'organisation' | 'model';

export interface UsageQuery {
  readonly by: UsageGroup;
  /** First and last day, `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
  readonly deviceId?: string | undefined;
  readonly organisation?: string | undefined;
  /** Most rows. Default 1,000. */
  readonly limit?: number | undefined;
}

/** Sums of a day, a device, an organisation or a model. */
export interface UsageRow {
  readonly key: string;
  readonly requests: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  /** Millionths of a US dollar. */
  readonly costMicros: number;
  /** Calls whose price is unknown. */
  readonly unpriced: number;
  /** Calls by how long they took: up to 0.25, 1, 4, 16 and 64 seconds, and longer. */
  readonly latency: readonly number[];
}

const groups: { readonly [group in UsageGroup]: string } = {
  day: 'day',
  device: 'device_id',
  organisation: 'organisation',
  model: 'model',
};

const sums = {
  requests: 'requests',
  errors: 'errors',
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  cachedTokens: 'cached_tokens',
  reasoningTokens: 'reasoning_tokens',
  costMicros: 'cost_micros',
  unpriced: 'unpriced',
  l0: 'ms_250',
  l1: 'ms_1000',
  l2: 'ms_4000',
  l3: 'ms_16000',
  l4: 'ms_64000',
  l5: 'ms_over',
};

const summed = Object.entries(sums).map(([name, column]) => `CAST(sum(${column}) AS BIGINT) AS "${name}"`);

type Row = Omit<UsageRow, 'latency'> & { readonly [bucket in `l${0 | 1 | 2 | 3 | 4 | 5}`]: number };

/** Sums usage; days in their order, all else with the most requests first. */
export async function readUsage(database: Database, query: UsageQuery): Promise<readonly UsageRow[]> {
  const { by, from, to, deviceId = '', organisation = '', limit = 1000 } = query;
  const column = groups[by];
  const text = `
    SELECT ${column} AS key, ${summed.join(', ')} FROM relay_usage
    WHERE day >= $1 AND day <= $2 AND ($3 = '' OR device_id = $3) AND ($4 = '' OR organisation = $4)
    GROUP BY ${column} ORDER BY ${by === 'day' ? 'day' : 'requests DESC, key'} LIMIT $5`;
  const rows = await database.query<Row>(text, [from, to, deviceId, organisation, Math.min(limit, 10_000)]);
  return rows.map(({ l0, l1, l2, l3, l4, l5, ...row }) => ({ ...row, latency: [l0, l1, l2, l3, l4, l5] }));
}

/** Forgets days before one. */
export async function pruneUsage(database: Database, before: string): Promise<void> {
  await database.query('DELETE FROM relay_usage WHERE day < $1', [before]);
}
