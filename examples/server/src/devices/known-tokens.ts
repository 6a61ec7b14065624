import type { Database } from '../database/database.ts';

/** What the store says of a token. */
export interface KnownToken {
  readonly deviceId: string;
  readonly organisation: string;
  /** Unix milliseconds; earlier than the token itself says once it was rotated. */
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  readonly stoppedUntil: number | null;
  readonly stoppedWhy: string | null;
}

interface Entry {
  readonly at: number;
  /** `undefined` when the store does not know the token. */
  readonly token: KnownToken | undefined;
}

interface Row {
  readonly device_id: string;
  readonly organisation: string;
  readonly expires_at: number;
  readonly revoked_at: number | null;
  readonly stopped_until: number | null;
  readonly stopped_why: string | null;
}

const found = `
  SELECT t.device_id, d.organisation, t.expires_at, d.revoked_at, d.stopped_until, d.stopped_why
  FROM relay_tokens t JOIN relay_devices d ON d.id = t.device_id WHERE t.hash = $1`;

/**
 * Remembers what the store said of tokens, so that a request in a row costs no query. What another relay changed counts
 * here after `staleMs` at the latest; what this one changed, at once.
 */
export class KnownTokens {
  readonly #database: Database;
  readonly #staleMs: number;
  readonly #clock: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #asking = new Map<string, Promise<KnownToken | undefined>>();
  #changes = 0;

  constructor(options: { readonly database: Database; readonly staleMs: number; readonly clock: () => number }) {
    this.#database = options.database;
    this.#staleMs = options.staleMs;
    this.#clock = options.clock;
  }

  /**
   * Gives what is known of a token, by its hash. Asks ahead of time for one that is in use, so that nobody waits.
   *
   * @param isOurs Looks at the signature, so that no forgery costs a query.
   */
  get(hash: string, isOurs: () => boolean): Promise<KnownToken | undefined> | KnownToken | undefined {
    const entry = this.#entries.get(hash);
    const age = entry ? this.#clock() - entry.at : Infinity;
    if (!entry || age >= this.#staleMs) return isOurs() ? this.#ask(hash) : undefined;
    if (age >= this.#staleMs / 2) this.#ask(hash).catch(() => {});
    return entry.token;
  }

  /** Forgets all, after a change of this process's own. */
  forget(): void {
    this.#changes++;
    this.#entries.clear();
    this.#asking.clear();
  }

  #ask(hash: string): Promise<KnownToken | undefined> {
    const asking = this.#asking.get(hash);
    if (asking) return asking;
    const asked = this.#query(hash).finally(() => {
      if (this.#asking.get(hash) === asked) this.#asking.delete(hash);
    });
    this.#asking.set(hash, asked);
    return asked;
  }

  async #query(hash: string): Promise<KnownToken | undefined> {
    // The answer is as old as the question.
    const at = this.#clock();
    const changes = this.#changes;
    const [row] = await this.#database.query<Row>(found, [hash]);
    const token = row && tokenOf(row);
    if (changes === this.#changes) this.#keep(hash, { at, token });
    return token;
  }

  #keep(hash: string, entry: Entry): void {
    this.#entries.delete(hash);
    this.#entries.set(hash, entry);
    if (this.#entries.size <= 50_000) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

function tokenOf(row: Row): KnownToken {
  return {
    deviceId: row.device_id,
    organisation: row.organisation,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    stoppedUntil: row.stopped_until,
    stoppedWhy: row.stopped_why,
  };
}
