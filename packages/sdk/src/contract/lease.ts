/** Who writes to a session: one life of one run in one process. */
export interface LeaseHolder {
  /** Differs from every other holder's, also of the same run after a restart. */
  readonly id: string;
  readonly runId: string;
  /** Name of the machine, for people. */
  readonly host: string;
  readonly pid: number;
  /** Names machine and process in one, so that a store on the same machine can tell that the process is dead. */
  readonly process: string;
}

/** The right of one writer to append to a session, until it expires or is given up. */
export interface Lease {
  readonly sessionId: string;
  /** Fencing token: grows with each taker, so that a writer that slept through its time is known by its old one. */
  readonly token: number;
  readonly holder: LeaseHolder;
  /** Unix milliseconds, by the clock of the store. */
  readonly expiresAt: number;
  /** Milliseconds it holds from the moment it was asked for. */
  readonly ttlMs: number;
}

/** Sees to it that a session has one writer at a time. */
export interface SessionLeases {
  /**
   * Takes a session. One that another holds is taken over once its time is up, or at once when the store can tell that
   * the holder's process is dead.
   *
   * @throws {CapstanError} `conflict` saying who holds it, until when, and what to do.
   */
  take(sessionId: string, holder: LeaseHolder): Promise<Lease>;
  /**
   * Prolongs a lease from now; also one that has run out, as long as nobody else has taken the session since.
   *
   * @throws {CapstanError} `conflict` when another has.
   */
  renew(lease: Lease): Promise<Lease>;
  /** Gives a session up; no error if it is not held any more. */
  release(lease: Lease): Promise<void>;
  /** Who holds a session now. */
  find(sessionId: string): Promise<Lease | undefined>;
}
