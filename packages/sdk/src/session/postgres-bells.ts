import type { PoolClient } from 'pg';
import { asStoreFailure } from './postgres-database.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** What an append tells to those who listen; the payload is the session. */
export const channel = 'capstan_events';

/** Waits for news of one session. */
export interface Bell {
  /** Resolves when the session got events, when it is time to look anyway, and at the abort. */
  next(): Promise<void>;
  close(): void;
}

/**
 * One connection that listens for all followers of a store. Where it cannot be had or breaks (a pooler that shares
 * connections between transactions passes no notifications on), followers look at intervals instead.
 */
export class PostgresBells {
  readonly #database: PostgresDatabase;
  readonly #pollMs: number;
  readonly #rings = new Map<string, Set<() => void>>();
  #client: Promise<PoolClient | undefined> | undefined;

  constructor(database: PostgresDatabase, pollMs: number) {
    this.#database = database;
    this.#pollMs = pollMs;
  }

  /** Hangs up a bell for a session; it is in place when this resolves. */
  async hang(sessionId: string, signal: AbortSignal): Promise<Bell> {
    let ring = () => {};
    const rung = () => ring();
    const rings = this.#rings.get(sessionId) ?? new Set();
    this.#rings.set(sessionId, rings.add(rung));
    signal.addEventListener('abort', rung);
    await this.#listen();
    return {
      next: () =>
        new Promise((resolve) => {
          const timer = setTimeout(() => (void this.#listen(), resolve()), this.#pollMs);
          ring = () => (clearTimeout(timer), resolve());
        }),
      close: () => {
        ring();
        signal.removeEventListener('abort', rung);
        rings.delete(rung);
        if (rings.size === 0) this.#rings.delete(sessionId);
        if (this.#rings.size === 0) this.close();
      },
    };
  }

  /** Gives the connection back. */
  close(): void {
    const client = this.#client;
    this.#client = undefined;
    // It still listens, so it does not go back to the pool.
    void client?.then((listening) => listening?.release(true));
  }

  async #listen(): Promise<void> {
    this.#client ??= this.#connect();
    // Where listening failed, the next follower or the next look tries again.
    if ((await this.#client) === undefined) this.#client = undefined;
  }

  async #connect(): Promise<PoolClient | undefined> {
    const pool = await this.#database.pool();
    const client = await pool.connect().catch((error: unknown) => {
      throw asStoreFailure(error);
    });
    client.on('notification', ({ payload }) => this.#ring(payload));
    client.on('error', () => {
      this.#client = undefined;
      client.release(true);
      this.#ringAll();
    });
    try {
      await client.query(`LISTEN ${channel}`);
      return client;
    } catch {
      client.release(true);
      return undefined;
    }
  }

  #ring(sessionId: string | undefined): void {
    for (const ring of this.#rings.get(sessionId ?? '') ?? []) ring();
  }

  #ringAll(): void {
    for (const rings of this.#rings.values()) for (const ring of rings) ring();
  }
}
