import type { CapstanError, Usage } from '@capstan/sdk/contract';

/** Who calls: found from the token that the client puts where its vendor wants the key. */
export interface Caller {
  readonly deviceId: string;
  readonly organisationId?: string;
  readonly ip: string;
}

/** The most that a call can use, known before it is made. */
export interface Estimate {
  /** Prompt and reply tokens together. */
  readonly tokens: number;
  /** Millionths of a US dollar; `undefined` when the price is unknown. */
  readonly costMicros?: number;
  /** A digest of the request's body, by which the guard knows a client that repeats itself without end. */
  readonly fingerprint?: string;
}

/** What a call did use, as the upstream reported it or as far as it was seen. */
export interface Settlement {
  readonly usage?: Usage;
  readonly costMicros?: number;
  readonly model: string;
  readonly status: number;
  readonly ms: number;
  readonly firstByteMs?: number;
}

/** A call that was let in. Its reservation stands until it is settled, exactly once. */
export interface Admission {
  /** `x-ratelimit-*`, `RateLimit`, `RateLimit-Policy` and quota headers, known before the first byte. */
  readonly headers: Readonly<Record<string, string>>;
  /** Charges what was used. It never rejects: what cannot be charged now is charged later, or its lease runs out. */
  settle(settlement: Settlement): Promise<void>;
}

/** A call that was not let in. Nothing is reserved. */
export interface Refusal {
  /** `rate_limited`; or `store_failed`, to be tried again, when the limits cannot be looked up. */
  readonly refused: CapstanError;
  /** An exhausted quota, or a device that was stopped: no client should try again today. */
  readonly final: boolean;
  /** How long a client may be told to wait; absent where waiting does not help soon. */
  readonly retryAfterMs?: number;
  /** The same headers as an admission has. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Decides who may call and how much; the relay asks it before each upstream call and tells it after. */
export interface Gate {
  /**
   * Checks a token.
   *
   * @param token As it came from `Authorization`, `x-api-key`, `x-goog-api-key` or `?key=`.
   * @throws {CapstanError} `auth_missing` or `auth_refused`; `rate_limited` with `retryable: false`, as final as a
   *   refusal can be, for a device that was stopped; `store_failed`, retryable, when it cannot be looked up.
   */
  identify(token: string | undefined, ip: string): Promise<Caller>;
  /** Reserves the worst case against every limit of the caller, all or nothing. Never rejects. */
  admit(caller: Caller, estimate: Estimate): Promise<Admission | Refusal>;
}
