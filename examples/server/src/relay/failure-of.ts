import { isCapstanError, type CapstanError } from '@capstan/sdk/contract';
import type { Failure } from '../dialect/dialect.ts';
import { statusOf } from '../http/status-of.ts';

/** Makes of what was thrown on the way in, before an upstream was asked, what the client is told. */
export function failureOf(error: unknown, requestId: string): Failure {
  if (!isCapstanError(error)) {
    const message = `The relay met a fault of its own. Tell its operator the id ${requestId}.`;
    return { code: 'model_failed', message, status: 500, requestId };
  }
  const { code, message, details } = error;
  return {
    code,
    message,
    details,
    status: statusOf(error),
    requestId,
    ...(details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs }),
    ...(code === 'rate_limited' && details.retryable === false ? { final: true } : {}),
  };
}

/**
 * Makes of an upstream's failure what the client is told. What concerns the relay's own key or account is the relay's
 * fault, never the client's: else it would throw its own token away.
 */
export function upstreamFailure(error: unknown, requestId: string): Failure {
  if (!isCapstanError(error)) return failureOf(error, requestId);
  const { code, details } = error;
  const model = details.model ?? 'The upstream';
  const told = (status: number, message: string, rest: Partial<Failure> = {}): Failure => {
    const { retryAfterMs } = details;
    return {
      code: 'model_failed',
      message,
      status,
      requestId,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...rest,
    };
  };
  if (code === 'auth_refused' || code === 'auth_missing')
    return told(502, `${model} does not take the relay's key. Tell the relay's operator, or use another model.`);
  if (code === 'rate_limited' && details.retryable === false)
    return told(503, `${model} has no quota left for the relay. Tell its operator, or use another model.`, {
      final: true,
    });
  // Where an upstream stands in the operator's network is told to the operator, in the log.
  if (code === 'model_failed' && (details.where === 'network' || details.where === 'tls'))
    return told(502, `The connection to ${model} failed. Try again shortly, or use another model.`, {
      final: details.retryable === false,
    });
  if (code === 'rate_limited') return { ...told(details.status === 503 ? 503 : 429, error.message), code };
  if (code === 'model_failed')
    return { ...told(modelStatus(error), error.message), final: details.retryable === false };
  return failureOf(error, requestId);
}

function modelStatus({ details }: CapstanError): number {
  const { status, where, retryable } = details;
  if (where === 'connect' || where === 'first byte' || where === 'idle') return 504;
  if (status === 503 || status === 529) return 503;
  // What the vendor refuses of the request itself, the client can mend.
  if (!retryable && status !== undefined && status >= 400 && status < 500) return status;
  return status === 500 ? 500 : 502;
}
