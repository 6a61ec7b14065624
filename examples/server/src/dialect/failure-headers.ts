import type { Failure } from './dialect.ts';

/** SDKs heed waits below a minute; openai and the AI SDK ignore longer ones, Anthropic's would sleep through all of them. */
const longestWaitMs = 59_000;

/**
 * Headers that tell every official SDK whether, and when, to try again. A failure that time does not mend, or not within a
 * minute, is not to be tried again by the SDK itself.
 */
export function failureHeaders(
  { final, retryAfterMs, requestId }: Failure,
  idHeader: string,
): { readonly [name: string]: string } {
  const wait = retryAfterMs === undefined ? undefined : Math.max(0, Math.ceil(retryAfterMs));
  const stop = final === true || (wait !== undefined && wait > longestWaitMs);
  const again =
    stop || wait === undefined ? {} : { 'retry-after-ms': String(wait), 'retry-after': String(Math.ceil(wait / 1000)) };
  return {
    'content-type': 'application/json',
    [idHeader]: requestId,
    ...(stop ? { 'x-should-retry': 'false' } : {}),
    ...again,
  };
}
