// Small statistics of the benchmarks.

/** The middle of the numbers that are there; NaN when there are none. */
export function median(numbers) {
  const sorted = numbers.filter((x) => x !== undefined && !Number.isNaN(x)).toSorted((x, y) => x - y);
  if (sorted.length === 0) return NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A copy in random order. */
export function shuffle(list) {
  return list
    .map((each) => [Math.random(), each])
    .toSorted((a, b) => a[0] - b[0])
    .map(([, each]) => each);
}
