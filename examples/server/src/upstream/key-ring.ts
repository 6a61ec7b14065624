import { maskKey } from '@capstan/providers/keys';

/** A key of an upstream and how often it is to be used beside the others. */
export interface WeightedKey {
  readonly value: string;
  readonly weight: number;
}

/** How a key fares, for the operator. */
export interface KeyState {
  /** As `sk-…abcd`. */
  readonly shown: string;
  readonly state: 'ready' | 'refused' | 'limited';
  /** Unix milliseconds until which it is left alone. */
  readonly until?: number;
}

/** The keys of one upstream. */
export interface KeyRing {
  /**
   * Gives the next key by weight, of those that are ready and not in `tried`; where none is ready, the one that will be
   * soonest. `undefined` when all were tried.
   */
  pick(tried: ReadonlySet<string>): string | undefined;
  /** Leaves a key alone until a time: `refused` by the vendor for what it is, or `limited` for how much it was used. */
  rest(key: string, state: 'refused' | 'limited', untilMs: number): void;
  /** When the first key is ready again; `undefined` when one is. Unix milliseconds. */
  readyAt(): number | undefined;
  /** All values, to keep them out of what is told. */
  readonly values: readonly string[];
  /** A key as it may be shown. */
  shown(key: string): string;
  states(): readonly KeyState[];
}

interface Held {
  readonly value: string;
  readonly weight: number;
  /** Of smooth weighted round robin: grows by the weight at each pick, and falls by the sum when picked. */
  credit: number;
  state: KeyState['state'];
  until: number;
}

/** Makes the ring. @param now Gives Unix milliseconds. */
export function keyRing(keys: readonly WeightedKey[], now: () => number): KeyRing {
  const held: Held[] = keys.map(({ value, weight }) => ({ value, weight, credit: 0, state: 'ready', until: 0 }));
  const ready = (key: Held): boolean => key.until <= now();
  return {
    values: held.map(({ value }) => value),
    pick(tried) {
      const left = tried.size === 0 ? held : held.filter(({ value }) => !tried.has(value));
      const usable = left.filter(ready);
      if (usable.length > 0) return byWeight(usable).value;
      return left.toSorted((a, b) => a.until - b.until)[0]?.value;
    },
    rest(value, state, until) {
      const key = held.find((one) => one.value === value);
      if (!key || key.until > until) return;
      key.state = state;
      key.until = until;
    },
    readyAt() {
      if (held.length === 0 || held.some(ready)) return undefined;
      return Math.min(...held.map(({ until }) => until));
    },
    shown: maskKey,
    states: () =>
      held.map((key) => {
        const shown = maskKey(key.value);
        return ready(key) ? { shown, state: 'ready' } : { shown, state: key.state, until: key.until };
      }),
  };
}

/** Spreads picks evenly: of weights 2 and 1 the row is a b a, not a a b. */
function byWeight(keys: readonly [Held, ...Held[]] | readonly Held[]): Held {
  let sum = 0;
  let best: Held | undefined;
  for (const key of keys) {
    key.credit += key.weight;
    sum += key.weight;
    if (!best || key.credit > best.credit) best = key;
  }
  if (!best) throw new RangeError('No keys to pick from.');
  best.credit -= sum;
  return best;
}
