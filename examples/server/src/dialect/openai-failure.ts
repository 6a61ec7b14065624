import type { EncodedFailure, Failure } from './dialect.ts';
import { failureHeaders } from './failure-headers.ts';

/** Type and code of an error, as OpenAI names them; Codex stops only at `insufficient_quota`. */
export function openaiError({ code, message, status, final, details }: Failure): {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
} {
  const param = code === 'invalid_config' ? (details?.where ?? null) : null;
  const make = (type: string, word: string | null) => ({ message, type, param, code: word });
  if (code === 'rate_limited' && final) return make('insufficient_quota', 'insufficient_quota');
  if (code === 'context_overflow') return make('invalid_request_error', 'context_length_exceeded');
  switch (status) {
    case 401:
      return make('invalid_request_error', 'invalid_api_key');
    case 403:
      return make('permission_error', 'permission_denied');
    case 404:
      return make('invalid_request_error', 'model_not_found');
    case 429:
      return make('rate_limit_error', 'rate_limit_exceeded');
    default:
      return status < 500 ? make('invalid_request_error', null) : make('server_error', 'server_error');
  }
}

/** Writes a failure as both APIs of OpenAI do. */
export function openaiFailure(failure: Failure): EncodedFailure {
  return {
    status: failure.status,
    headers: failureHeaders(failure, 'x-request-id'),
    body: JSON.stringify({ error: openaiError(failure) }),
  };
}
