/** A list of numbers below 2³² that grows without making each an object. */
export interface GrowingNumbers {
  readonly length: number;
  push(value: number): void;
  get(at: number): number;
  /** A copy of exactly what was pushed. */
  toArray(): Uint32Array;
}

export function growingNumbers(capacity = 1024): GrowingNumbers {
  let values = new Uint32Array(capacity);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === values.length) {
        const wider = new Uint32Array(values.length * 2);
        wider.set(values);
        values = wider;
      }
      values[length] = value;
      length += 1;
    },
    get: (at) => values[at] ?? 0,
    toArray: () => values.slice(0, length),
  };
}
