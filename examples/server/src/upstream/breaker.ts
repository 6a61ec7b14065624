import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from 'cockatiel';

export interface BreakerOptions {
  readonly name: string;
  /** Failures in a row that take the upstream out of use. */
  readonly failures: number;
  /** For how long, in milliseconds; then one call tries whether it is back. */
  readonly openMs: number;
  readonly changed: (state: BreakerState) => void;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Keeps calls away from an upstream that is down. */
export interface Breaker {
  /**
   * Runs a call.
   *
   * @throws {CapstanError} Retryable `model_failed` with status 503, without running it, while the upstream is out of use.
   */
  run<T>(call: () => Promise<T>): Promise<T>;
  readonly state: BreakerState;
}

/** Makes a breaker that counts what speaks against the upstream itself: not refusals of a request, a key or a rate. */
export function createBreaker({ name, failures, openMs, changed }: BreakerOptions): Breaker {
  const policy = circuitBreaker(handleWhen(speaksAgainst), {
    halfOpenAfter: openMs,
    breaker: new ConsecutiveBreaker(failures),
  });
  policy.onStateChange((state) => changed(nameOf(state)));
  let openedAt = 0;
  policy.onBreak(() => {
    openedAt = performance.now();
  });
  const leftAlone = (): CapstanError => {
    const retryAfterMs = Math.max(250, Math.ceil(openedAt + openMs - performance.now()));
    const text = `The upstream ${name} failed ${failures} times in a row and is left alone for now. Try again shortly.`;
    return new CapstanError('model_failed', text, { status: 503, retryable: true, retryAfterMs, where: 'breaker' });
  };
  return {
    async run(call) {
      // While one call tries whether it is back, which may take as long as a reply, no other waits for what comes of it.
      if (policy.state === CircuitState.HalfOpen) throw leftAlone();
      try {
        return await policy.execute(call);
      } catch (error) {
        throw error instanceof BrokenCircuitError ? leftAlone() : error;
      }
    },
    get state() {
      return nameOf(policy.state);
    },
  };
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half-open' : 'open';
}

function speaksAgainst(error: unknown): boolean {
  if (!isCapstanError(error)) return false;
  return error.code === 'model_failed' && error.details.retryable === true;
}
