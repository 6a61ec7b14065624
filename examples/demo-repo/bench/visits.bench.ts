// Measures how long it takes to cut a day of log entries into visits.
import { median, visitsOf, type Entry } from '../src/index.ts';

const size = 16_000;
const rounds = 3;

// A fixed sequence, so that two runs measure the same work.
let state = 42;
function next(below: number): number {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((state / 2_147_483_648) * below);
}

const entries: Entry[] = [];
for (let at = 0; at < size; at += 1) {
  const visitor = `198.51.${next(200)}.${next(250)}`;
  entries.push({ visitor, at: at * 5_400, method: 'GET', path: `/page/${next(500)}`, status: 200 });
}

const times: number[] = [];
let found = 0;
for (let round = 0; round < rounds; round += 1) {
  const start = performance.now();
  found = visitsOf(entries).length;
  times.push(performance.now() - start);
}
console.log(`${size} entries, ${found} visits: ${median(times)?.toFixed(1)} ms (median of ${rounds} rounds)`);
