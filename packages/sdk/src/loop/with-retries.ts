import { setTimeout as wait } from 'node:timers/promises';
import { CapstanError, isCapstanError } from '../contract/errors.ts';
import type { LoopContext } from './context.ts';

const retries = 4;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** A vendor that asks for more patience than this has no room today; waiting would only look like a hang. */
const longestAskedMs = 120_000;

/**
 * Makes a call again while it fails in a way that may pass: with growing, jittered waits, not before the vendor's
 * `retryAfterMs`, and only while nothing of the reply was shown, unless the failure says it is resumable.
 */
export async function withRetries<T>(
  context: LoopContext,
  progress: { readonly shown: boolean },
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!mayRetry(error, context, progress)) throw error;
    return again(context, progress, attempt, error);
  }
}

async function again<T>(
  context: LoopContext,
  progress: { readonly shown: boolean },
  attempt: () => Promise<T>,
  first: unknown,
): Promise<T> {
  const { default: pRetry } = await import('p-retry');
  let failed: unknown = first;
  return pRetry(
    (n) => {
      if (n > 1) return attempt();
      throw failed;
    },
    {
      retries,
      minTimeout: context.replayed ? 0 : firstWaitMs,
      maxTimeout: context.replayed ? 0 : longestWaitMs,
      randomize: true,
      signal: context.signal,
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft, retryDelay }) => {
        failed = error;
        if (retriesLeft === 0 || !mayRetry(error, context, progress)) throw error;
        const asked = isCapstanError(error) ? (error.details.retryAfterMs ?? 0) : 0;
        const waitMs = Math.max(retryDelay, asked);
        if (asked > longestAskedMs || context.now() + waitMs >= context.ledger.deadline) throw error;
        await context.outbox.record({ type: 'model.retried', attempt: attemptNumber, waitMs, error: infoOf(error) });
        if (asked > retryDelay && !context.replayed)
          await wait(asked - retryDelay, undefined, { signal: context.signal });
      },
    },
  );
}

function mayRetry(error: unknown, { signal }: LoopContext, { shown }: { readonly shown: boolean }): boolean {
  if (signal.aborted || !isCapstanError(error) || error.details.retryable !== true) return false;
  return !shown || error.details.resumable === true;
}

function infoOf(error: Error) {
  return isCapstanError(error) ? error.toJSON() : new CapstanError('model_failed', error.message).toJSON();
}
