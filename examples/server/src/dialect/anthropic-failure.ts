import type { EncodedFailure, Failure } from './dialect.ts';
import { failureHeaders } from './failure-headers.ts';

const types: { readonly [status: number]: string } = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Type and words of an error, as Anthropic names them; Claude Code compacts at "prompt is too long". */
export function anthropicError({ code, message, status }: Failure): {
  readonly type: string;
  readonly message: string;
} {
  const type =
    types[status] ?? (status < 500 ? 'invalid_request_error' : status === 503 ? 'overloaded_error' : 'api_error');
  return { type, message: code === 'context_overflow' ? `prompt is too long: ${message}` : message };
}

/** Writes a failure as the Messages API does. */
export function anthropicFailure(failure: Failure): EncodedFailure {
  const { status, requestId } = failure;
  return {
    status,
    headers: failureHeaders(failure, 'request-id'),
    body: JSON.stringify({ type: 'error', error: anthropicError(failure), request_id: requestId }),
  };
}
