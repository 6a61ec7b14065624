import type { TestFailure } from './failure.ts';
import { suspectsOf, type Suspect, type SuspectSources } from './suspects.ts';

/** What to make of a failure. */
export interface FailureHint {
  readonly failure: TestFailure;
  /** One sentence that says what went wrong. */
  readonly says: string;
  /** What to look at, for kinds of failure that are known. */
  readonly advice?: string;
  /** Files that may be to blame, the likeliest first. */
  readonly suspects: readonly Suspect[];
}

/**
 * Makes hints of failures: what was wanted and what came, where in the repository it went wrong, and which file is likely to
 * blame, by the stack, by recent changes and by what the test imports. Asks no model.
 */
export function failureHints(failures: readonly TestFailure[], sources: SuspectSources): FailureHint[] {
  return failures.map((failure) => {
    const advice = adviceFor(failure);
    return {
      failure,
      says: sentence(failure),
      ...(advice === undefined ? {} : { advice }),
      suspects: suspectsOf(failure, sources),
    };
  });
}

/** Ranks the suspects of several failures together: what many share comes first. */
export function commonSuspects(hints: readonly FailureHint[]): Suspect[] {
  const all = new Map<string, Suspect[]>();
  for (const suspect of hints.flatMap(({ suspects }) => suspects))
    all.set(suspect.path, [...(all.get(suspect.path) ?? []), suspect]);
  return [...all.values()]
    .flatMap((found) => {
      const [best, ...others] = found.toSorted((one, other) => other.confidence - one.confidence);
      if (!best) return [];
      // Failures of one cause are no independent witnesses, so each further one counts half.
      const doubt = others.reduce((product, one) => product * (1 - one.confidence / 2), 1 - best.confidence);
      return [{ ...best, confidence: Math.min(0.99, Math.round((1 - doubt) * 100) / 100) }];
    })
    .toSorted((one, other) => other.confidence - one.confidence || (one.path < other.path ? -1 : 1));
}

function sentence({ message, expected, received }: TestFailure): string {
  const [first = 'failed'] = message.split('\n');
  if (expected === undefined || received === undefined) return brief(first, 300);
  if (first.includes(expected.split('\n')[0] ?? '') && first.includes(received.split('\n')[0] ?? ''))
    return brief(first, 300);
  return `wanted ${brief(expected, 120)}, got ${brief(received, 120)}`;
}

function brief(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

const kinds: readonly (readonly [pattern: RegExp, advice: (found: RegExpExecArray) => string])[] = [
  [
    /(?:Cannot find (?:module|package) |No module named |cannot find package |Failed to resolve import )['"]?([^'"\s]+)['"]?/,
    ([, name = '']) =>
      /^[./]|^@\//.test(name)
        ? `${name} is not there: it was moved, renamed or removed, or the path is wrong.`
        : `${name} is not found: it is not installed, or its name is wrong.`,
  ],
  [
    /does not provide an export named '?([^'\s]+)|cannot import name '([^']+)'/,
    ([, one, other]) => `The name ${one ?? other ?? ''} is not exported where it is imported from.`,
  ],
  [
    /timed? ?out|Exceeded timeout|context deadline exceeded/i,
    () =>
      'It waits for what does not come: a promise that is never settled, a call that is not mocked, a service that is not there.',
  ],
  [
    /[Ss]napshot.*(mismatch|obsolete|does not match)|toMatch(Inline)?Snapshot/,
    () => 'A snapshot differs. See whether the output should have changed before the snapshot is written anew.',
  ],
  [
    /ECONNREFUSED|EADDRINUSE|connection refused|getaddrinfo/,
    () => 'It needs a service or a port that is not there, or is taken.',
  ],
  [
    /Cannot read propert(?:y|ies) of (undefined|null)(?: \(reading '([^']+)'\))?/,
    ([, what = '', field]) =>
      `Something is ${what} where ${field === undefined ? 'a field' : `.${field}`} is read: see what gives it.`,
  ],
  [
    /(\S+) is not a function/,
    ([, name = '']) => `${name} is not a function: it was renamed, is not exported so, or is another value.`,
  ],
  [
    /(?:ReferenceError: (\S+) is not defined|NameError: name '(\S+)' is not defined|undefined: (\w+))/,
    ([, ...names]) => `The name ${names.find(Boolean) ?? ''} is used and not declared or imported.`,
  ],
  [/nil pointer dereference/, () => 'A pointer is nil: see what makes it, and which error was not looked at before.'],
  [
    /AttributeError: .*'(\w+)' object has no attribute '(\w+)'/,
    ([, type = '', name = '']) => `${type} has no ${name}: it was renamed, or the value is of another type.`,
  ],
  [/KeyError: (.+)/, ([, key = '']) => `The key ${key} is not in the mapping.`],
  [
    /SyntaxError|Unexpected token|IndentationError/,
    () => 'The file cannot be parsed: see the lines before the one that is named.',
  ],
];

function adviceFor({ message }: TestFailure): string | undefined {
  for (const [pattern, advice] of kinds) {
    const found = pattern.exec(message);
    if (found) return advice(found);
  }
  return undefined;
}
