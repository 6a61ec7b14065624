import type { EncodedFailure, Failure } from './dialect.ts';
import { failureHeaders } from './failure-headers.ts';

const names: { readonly [status: number]: string } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** An error as Google words it; its details say to Google's own clients when to try again, or that a day's quota is over. */
export function googleError(failure: Failure): object {
  const { status, message } = failure;
  const details = detailsOf(failure);
  const name = names[status] ?? (status < 500 ? 'FAILED_PRECONDITION' : 'UNAVAILABLE');
  return { code: status, message, status: name, ...(details.length > 0 ? { details } : {}) };
}

function detailsOf({ status, final, retryAfterMs }: Failure): readonly object[] {
  if (status !== 429) return [];
  if (final) {
    const violations = [{ quotaMetric: 'capstan/requests', quotaId: 'RequestsPerDayPerDevice' }];
    return [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations }];
  }
  if (retryAfterMs === undefined) return [];
  return [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(retryAfterMs / 1000)}s` }];
}

/** Writes a failure as the Gemini API does. */
export function googleFailure(failure: Failure): EncodedFailure {
  return {
    status: failure.status,
    headers: failureHeaders(failure, 'x-request-id'),
    body: JSON.stringify({ error: googleError(failure) }),
  };
}
