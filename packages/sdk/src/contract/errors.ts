import type { Usage } from './usage.ts';

/** The closed list of what can go wrong. */
export type ErrorCode =
  | 'model_failed'
  | 'auth_missing'
  | 'auth_refused'
  | 'rate_limited'
  | 'context_overflow'
  | 'tool_failed'
  | 'store_failed'
  | 'conflict'
  | 'invalid_config'
  | 'path_outside'
  | 'patch_failed'
  | 'sandbox_unavailable'
  | 'not_found'
  | 'aborted';

/** Small facts about an error; plain JSON, never live objects, never a key. */
export interface ErrorDetails {
  /** The same call may succeed if made again. */
  readonly retryable?: boolean;
  /** The same call may be made again although a part of its reply was already shown. */
  readonly resumable?: boolean;
  /** Milliseconds the other side asked to wait. */
  readonly retryAfterMs?: number;
  /** HTTP status of the reply. */
  readonly status?: number;
  /** Model or vendor id, for example `openai/gpt-5`. */
  readonly model?: string;
  /** The request id that the vendor gave. */
  readonly requestId?: string;
  /** Usage that a vendor had reported before the failure. */
  readonly usage?: Usage;
  /** File, setting or argument concerned. */
  readonly where?: string;
}

/** What a `CapstanError` looks like in events and envelopes. */
export interface ErrorInfo {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: ErrorDetails;
}

/**
 * The one error class of Capstan. The message says what, where and what to do next.
 *
 * Thrown for what the caller can mend. What the model can mend goes back to it as a failed tool result.
 */
export class CapstanError extends Error {
  override readonly name = 'CapstanError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  /** Gives the error as plain JSON, without stack and cause. */
  toJSON(): ErrorInfo {
    const bare = Object.keys(this.details).length === 0;
    return { code: this.code, message: this.message, ...(bare ? {} : { details: this.details }) };
  }
}

/** Tells whether a value is a `CapstanError`, also one made by another copy of this package. */
export function isCapstanError(value: unknown): value is CapstanError {
  return value instanceof Error && value.name === 'CapstanError' && 'code' in value;
}
