import { growingNumbers } from './growing-numbers.ts';

/** Finds the numbers of an identifier's words by two hashes of its characters, without making a string of it. */
export interface IdentifierTable {
  /** Calls `each` with every number of an identifier, asking `make` once for those of one that is new; gives how many. */
  each(
    hashes: { readonly one: number; readonly other: number },
    make: () => readonly number[],
    each: (word: number) => void,
  ): number;
}

/**
 * Makes a table. Two identifiers that share both hashes would be taken for one; with 64 bits that is one chance in a
 * billion for a repository of 200,000 identifiers, and costs a wrong word in a search then.
 */
export function identifierTable(): IdentifierTable {
  let mask = (1 << 15) - 1;
  let slots = new Uint32Array((mask + 1) * 3);
  const numbers = growingNumbers(1 << 15);
  const starts = growingNumbers(1 << 14);
  starts.push(0);
  const placeOf = (one: number, other: number): number => {
    let at = one & mask;
    while (slots[at * 3 + 2] !== 0 && (slots[at * 3] !== one || slots[at * 3 + 1] !== other)) at = (at + 1) & mask;
    return at * 3;
  };
  const widen = (): void => {
    const old = slots;
    mask = mask * 2 + 1;
    slots = new Uint32Array((mask + 1) * 3);
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] === 0) continue;
      slots.set(old.subarray(at, at + 3), placeOf(old[at] ?? 0, old[at + 1] ?? 0));
    }
  };
  return {
    each({ one, other }, make, each) {
      let at = placeOf(one, other);
      if (slots[at + 2] === 0) {
        for (const number of make()) numbers.push(number);
        starts.push(numbers.length);
        slots[at] = one;
        slots[at + 1] = other;
        slots[at + 2] = starts.length - 1;
        if (starts.length * 2 > mask) {
          widen();
          at = placeOf(one, other);
        }
      }
      const kept = slots[at + 2] ?? 0;
      const [from, to] = [starts.get(kept - 1), starts.get(kept)];
      for (let place = from; place < to; place++) each(numbers.get(place));
      return to - from;
    },
  };
}
