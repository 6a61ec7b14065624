import type { Dialect } from '../dialect/dialect.ts';
import type { RequestContext } from '../http/route.ts';
import { baseHeaders, sendText } from '../http/send.ts';
import { failureOf } from './failure-of.ts';

/** Tells what is wrong in the words of the client's vendor. */
export function failLike(dialect: Dialect, error: unknown, { response, requestId }: RequestContext): void {
  const { status, headers, body } = dialect.failure(failureOf(error, requestId));
  sendText(response, status, body, { ...baseHeaders(requestId), ...headers });
}
