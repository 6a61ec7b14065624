import { setTimeout as sleep } from 'node:timers/promises';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import type { Upstream } from '../upstream/upstream.ts';
import type { Place } from '../upstream/upstreams.ts';

/** What came of trying. */
export interface Tried<T> {
  readonly reply: T;
  readonly place: Place;
  /** Tries that failed before. */
  readonly retries: number;
  /** Gives the slot back; to be called when the reply is over. */
  readonly release: () => void;
}

export interface TryOptions<T> {
  readonly places: readonly Place[];
  readonly signal: AbortSignal;
  /** Begins a call at a place with one of its keys; rejects with a `CapstanError`. */
  readonly begin: (place: Place, key: string | undefined) => Promise<T>;
  /** Hears each failed try. */
  readonly failed: (error: CapstanError, place: Place, key: string | undefined) => void;
  /** Gives Unix milliseconds. */
  readonly now: () => number;
  /** Gives numbers from 0 to 1. */
  readonly random: () => number;
}

/** How long a key that its vendor refused is left alone. */
const refusedKeyMs = 600_000;
/** A wait that is asked for and is longer is not made; the next place is tried, or the client told. */
const longestWaitMs = 8_000;

/**
 * Tries the places in order until one begins to reply. At a place: with the next key at once when one is refused, with the
 * next key after a moment when one is limited, and again after a growing, random wait when the upstream failed.
 *
 * Only called while nothing was said to the client, so any number of places may be tried.
 *
 * @throws {CapstanError} The last failure, or the first that another place would not mend.
 */
export async function tryPlaces<T>(options: TryOptions<T>): Promise<Tried<T>> {
  const count = { failed: 0 };
  let last: CapstanError | undefined;
  for (const place of options.places) {
    try {
      const release = await place.upstream.slots.take(options.signal);
      try {
        const reply = await tryPlace(place, options, count);
        return { reply, place, retries: count.failed, release };
      } catch (error) {
        release();
        throw error;
      }
    } catch (error) {
      if (!isCapstanError(error) || options.signal.aborted || !isElsewhereBetter(error)) throw error;
      last = error;
    }
  }
  throw last ?? new CapstanError('not_found', 'The model leads nowhere.', { status: 404 });
}

async function tryPlace<T>(place: Place, options: TryOptions<T>, count: { failed: number }): Promise<T> {
  const { upstream } = place;
  const { retries } = upstream.settings;
  const tried = new Set<string>();
  for (let attempt = 0; ;) {
    const key = upstream.keys.pick(tried);
    try {
      return await upstream.breaker.run(() => options.begin(place, key));
    } catch (error) {
      if (!isCapstanError(error) || options.signal.aborted) throw error;
      if (error.details.where !== 'breaker') {
        count.failed += 1;
        options.failed(error, place, key);
      }
      const next = whatNext({ error, upstream, key, tried, attempt, retries, ...options });
      if (next === undefined) throw error;
      attempt += next.sameKey ? 1 : 0;
      if (next.sameKey) tried.clear();
      await pause(next.waitMs, options.signal);
    }
  }
}

interface Failed {
  readonly error: CapstanError;
  readonly upstream: Upstream;
  readonly key: string | undefined;
  readonly tried: Set<string>;
  readonly attempt: number;
  readonly retries: number;
  readonly now: () => number;
  readonly random: () => number;
}

interface Next {
  readonly waitMs: number;
  /** The try counts against `retries`; trying the other keys does not, as there are only so many. */
  readonly sameKey: boolean;
}

function whatNext(failed: Failed): Next | undefined {
  const { error, upstream, key, tried, attempt, retries, now, random } = failed;
  const { code, details } = error;
  const backOffMs = Math.ceil(random() * 250 * 2 ** attempt);
  if (key !== undefined && speaksAgainstKey(error)) {
    upstream.keys.rest(key, 'refused', now() + refusedKeyMs);
    tried.add(key);
    return upstream.keys.pick(tried) === undefined ? undefined : { waitMs: 0, sameKey: false };
  }
  if (!details.retryable || details.where === 'breaker') return undefined;
  if (code !== 'rate_limited') return attempt < retries ? { waitMs: backOffMs, sameKey: true } : undefined;
  const asked = details.retryAfterMs;
  if (key !== undefined) {
    upstream.keys.rest(key, 'limited', now() + (asked ?? 1000));
    tried.add(key);
    if (upstream.keys.pick(tried) !== undefined) return { waitMs: backOffMs, sameKey: false };
  }
  const waitMs = Math.max(asked ?? 0, backOffMs);
  return attempt < retries && waitMs <= longestWaitMs ? { waitMs, sameKey: true } : undefined;
}

/** Refused for what the key is or for what it has left, and so for the next call too. */
function speaksAgainstKey({ code, details }: CapstanError): boolean {
  return code === 'auth_refused' || (code === 'rate_limited' && details.retryable === false);
}

/** A refusal of the request itself would be the same at the next place. */
function isElsewhereBetter({ code, details }: CapstanError): boolean {
  if (details.retryable) return true;
  return code === 'auth_refused' || code === 'rate_limited' || code === 'not_found' || code === 'auth_missing';
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return;
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw new CapstanError('aborted', 'The client went before its call was tried again.');
  }
}
