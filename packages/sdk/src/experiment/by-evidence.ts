import type { Trial, Verdict } from './trial.ts';

/**
 * Judges trials by what was measured, in this order: fewer failing tests, fewer type errors, a run that came to its end, a
 * smaller diff, lower cost, less time, the order given. A trial that changed nothing or whose tests do not pass never wins.
 */
export function byEvidence(trials: readonly Trial[]): Verdict {
  const able = trials.filter(({ patch, tests }) => patch !== undefined && tests?.passed !== false);
  const [best, next] = able.toSorted(compare);
  if (!best) return { why: none(trials) };
  const others = next && reasons.find(({ rank }) => rank(best) !== rank(next));
  const why = next
    ? others
      ? `${others.name} than ${next.name}`
      : 'equal to the next; it came first'
    : 'the only one that holds';
  return { winner: best.name, why };
}

const reasons: readonly { readonly name: string; readonly rank: (trial: Trial) => number }[] = [
  { name: 'tests that were run, rather', rank: ({ tests }) => (tests ? 0 : 1) },
  { name: 'fewer type errors', rank: ({ typeErrors }) => typeErrors ?? 0 },
  { name: 'an ended run, rather', rank: ({ reason }) => (reason === 'done' ? 0 : 1) },
  { name: 'a smaller diff', rank: ({ patch }) => (patch ? patch.added + patch.removed : Infinity) },
  { name: 'cheaper', rank: ({ costUsd }) => costUsd ?? Infinity },
  { name: 'faster', rank: ({ seconds }) => seconds },
];

function compare(a: Trial, b: Trial): number {
  for (const { rank } of reasons) {
    const [one, other] = [rank(a), rank(b)];
    // Two unknown costs are infinite, and their difference is no number.
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

function none(trials: readonly Trial[]): string {
  const changed = trials.filter(({ patch }) => patch !== undefined);
  if (changed.length === 0) return 'No candidate changed anything.';
  return 'No candidate passes the tests.';
}
