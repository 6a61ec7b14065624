import type { CodeIndex } from '../context/code-index.ts';
import { isNamedAfter } from '../rank/related-tests.ts';
import type { Coverage } from './coverage.ts';
import { isRunnableTest } from './runnable-test.ts';

/** Why a test is held to cover a file. */
export interface TestReason {
  readonly kind: 'itself' | 'coverage' | 'imports it' | 'named after it' | 'reaches it' | 'changed with it';
  /** In words, for example `imports it through src/store.ts`. */
  readonly says: string;
  /** From 0 to 1: how sure this alone would make one. */
  readonly weight: number;
}

/** A test file that covers a file. */
export interface CoveringTest {
  readonly path: string;
  /** From 0 to 1. */
  readonly confidence: number;
  /** The strongest first. */
  readonly reasons: readonly TestReason[];
}

export interface TestsOfOptions {
  /** Data of coverage, as `findCoverage` reads them. */
  readonly coverage?: Coverage | undefined;
  /** Longest chain of imports that is followed. Default 6. */
  readonly maxSteps?: number;
}

type Index = Pick<CodeIndex, 'file' | 'importersOf' | 'relatedTests'>;

const weights: Readonly<Record<string, number>> = {
  'imports it': 0.85,
  'named after it': 0.75,
  'changed with it': 0.35,
};

/**
 * Finds the test files that cover a file: by the graph of imports, by names, by past commits, and by data of coverage where
 * there are some. The surest first. Of a test it gives the test itself; of what tests share, the tests that use it.
 *
 * @param path Relative to the root.
 */
export function testsOf(
  index: Index,
  path: string,
  { coverage, maxSteps = 6 }: TestsOfOptions = {},
): readonly CoveringTest[] {
  const isImported = (file: string): boolean => index.importersOf(file).length > 0;
  if (isRunnableTest(path, isImported))
    return [{ path, confidence: 1, reasons: [{ kind: 'itself', says: 'is a test itself', weight: 1 }] }];
  const found = new Map<string, TestReason[]>();
  const note = (test: string, reason: TestReason): void => {
    if (!isRunnableTest(test, isImported)) return;
    const known = found.get(test);
    if (known) known.push(reason);
    else found.set(test, [reason]);
  };
  const seen = coverage?.files.get(path);
  for (const test of seen?.tests ?? [])
    note(test, { kind: 'coverage', says: 'ran it, by the data of coverage', weight: 0.97 });
  for (const { path: test, why } of index.relatedTests(path)) {
    if (why === 'imports what imports it') continue;
    note(test, { kind: why, says: why, weight: weights[why] ?? 0.3 });
    if (why !== 'named after it' && isNamedAfter(test, path))
      note(test, { kind: 'named after it', says: 'named after it', weight: 0.75 });
  }
  reach(index, path, { maxSteps, note });
  const factor = seen && seen.tests.length === 0 && seen.total > 0 && seen.covered === 0 ? 0.4 : 1;
  return [...found]
    .map(([test, reasons]) => coveringTest(test, reasons, { seen, factor }))
    .toSorted((one, other) => other.confidence - one.confidence || (one.path < other.path ? -1 : 1));
}

interface Reach {
  readonly maxSteps: number;
  readonly note: (test: string, reason: TestReason) => void;
}

/** Follows importers, breadth first: the further a test is, the less sure it runs the file. */
function reach(index: Index, path: string, { maxSteps, note }: Reach): void {
  const through = new Map<string, string>([[path, '']]);
  let edge = [path];
  for (let step = 1; step <= maxSteps && edge.length > 0; step += 1) {
    const next: string[] = [];
    for (const file of edge) {
      for (const importer of index.importersOf(file)) {
        if (through.has(importer)) continue;
        through.set(importer, file);
        next.push(importer);
        if (step === 1) note(importer, { kind: 'imports it', says: 'imports it', weight: 0.85 });
        else
          note(importer, {
            kind: 'reaches it',
            says: `imports it through ${way(through, importer)}`,
            weight: Math.max(0.15, 0.7 * 0.72 ** (step - 2)),
          });
      }
    }
    edge = next;
  }
}

function way(through: ReadonlyMap<string, string>, from: string): string {
  const steps: string[] = [];
  for (let at = through.get(from) ?? ''; at !== '' && (through.get(at) ?? '') !== ''; at = through.get(at) ?? '')
    steps.push(at);
  return steps.slice(0, 3).join(', ') + (steps.length > 3 ? ` and ${steps.length - 3} more` : '');
}

interface Seen {
  readonly seen: { readonly covered: number; readonly total: number } | undefined;
  readonly factor: number;
}

function coveringTest(path: string, all: readonly TestReason[], { seen, factor }: Seen): CoveringTest {
  const kinds = new Set<string>();
  const reasons = all
    .toSorted((one, other) => other.weight - one.weight)
    .filter(({ kind }) => !kinds.has(kind) && kinds.add(kind));
  const doubt = reasons.reduce((product, { weight }) => product * (1 - weight), 1);
  const confidence = Math.round((1 - doubt) * factor * 100) / 100;
  const told: TestReason[] =
    seen && factor < 1 ? [{ kind: 'coverage', says: 'no line of it was run, by the data of coverage', weight: 0 }] : [];
  return { path, confidence: Math.min(0.99, confidence), reasons: [...reasons, ...told] };
}
