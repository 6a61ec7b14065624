import type { LimitStore } from './limit-store.ts';

export interface FallbackOptions {
  /** Counts while the shared store is down. */
  readonly local: LimitStore;
  /** Part of each limit that this relay gives out alone meanwhile, above 0 up to 1. */
  readonly share: number;
  /** Hears when the shared store fails, and when it answers again. */
  readonly notice: (message: string) => void;
}

/**
 * Counts in the shared store, and on this relay alone while that is down: what each relay then admits is its share of the
 * limit, and what was used before is not known to it.
 */
export function withFallback(shared: LimitStore, { local, share, notice }: FallbackOptions): LimitStore {
  let down = false;
  const note = (isDown: boolean, why = ''): void => {
    if (isDown === down) return;
    down = isDown;
    notice(down ? `limits are counted by this relay alone (${share} of each): ${why}` : 'limits are shared again');
  };
  return {
    async reserve(claims) {
      try {
        const result = await shared.reserve(claims);
        note(false);
        return result;
      } catch (error) {
        note(true, error instanceof Error ? error.message : String(error));
        return local.reserve(claims.map((claim) => ({ ...claim, max: Math.floor(claim.max * share) })));
      }
    },
    async beat() {
      await shared.beat();
    },
    async close() {
      await shared.close();
    },
  };
}
