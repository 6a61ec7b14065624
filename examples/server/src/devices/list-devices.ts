import type { Database } from '../database/database.ts';

/** A device as lists show it: never with a token. */
export interface Device {
  readonly id: string;
  readonly organisation: string;
  readonly label: string;
  /** Unix milliseconds. */
  readonly madeAt: number;
  readonly revokedAt: number | null;
  readonly stoppedUntil: number | null;
  readonly stoppedWhy: string | null;
  /** How many of its tokens hold. */
  readonly tokens: number;
}

export interface DeviceQuery {
  /** Default 100, at most 1,000. */
  readonly limit?: number | undefined;
  /** The last id of the page before. */
  readonly before?: string | undefined;
  /** Only those of an organisation. */
  readonly organisation?: string | undefined;
  /** Unix milliseconds; tokens that ended before do not count. Default 0. */
  readonly now?: number;
}

const listed = `
  SELECT d.id, d.organisation, d.label, d.made_at AS "madeAt", d.revoked_at AS "revokedAt",
    d.stopped_until AS "stoppedUntil", d.stopped_why AS "stoppedWhy",
    (SELECT count(*) FROM relay_tokens t WHERE t.device_id = d.id AND t.expires_at > $4) AS tokens
  FROM relay_devices d
  WHERE d.id < $1 AND ($2 = '' OR d.organisation = $2)
  ORDER BY d.id DESC LIMIT $3`;

/** Lists devices, the newest first. */
export function listDevices(database: Database, query: DeviceQuery = {}): Promise<readonly Device[]> {
  const { limit = 100, before = '~', organisation = '', now = 0 } = query;
  return database.query<Device>(listed, [before, organisation, Math.min(limit, 1000), now]);
}
