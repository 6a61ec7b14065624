import type { CodeIndex } from '../context/code-index.ts';
import { fileKind } from '../index/file-kind.ts';
import { isNamedAfter } from '../rank/related-tests.ts';
import type { TestFailure } from './failure.ts';
import type { LineRange, RecentChange } from './recent-changes.ts';

/** A file that may be to blame for a failure. */
export interface Suspect {
  /** Relative to the root. */
  readonly path: string;
  /** From 1; where to look first. */
  readonly line?: number;
  /** The symbol around that line. */
  readonly symbol?: string;
  /** From 0 to 1. */
  readonly confidence: number;
  /** In words, the strongest first. */
  readonly reasons: readonly string[];
}

/** What is known of the repository. */
export interface SuspectSources {
  readonly index: Pick<CodeIndex, 'file' | 'importsOf' | 'symbolAt'>;
  /** As `recentChanges` reads them. */
  readonly changes?: readonly RecentChange[];
}

const maxSuspects = 5;

/** Ranks the files that may be to blame: by the stack, by what changed lately, and by what the test imports. */
export function suspectsOf(failure: TestFailure, { index, changes = [] }: SuspectSources): Suspect[] {
  const found = new Map<string, Found>();
  const blame = (path: string, weight: number, reason: string, line?: number): void => {
    const known = found.get(path) ?? { reasons: [] };
    known.reasons.push({ weight, reason });
    if (line !== undefined) known.line ??= line;
    found.set(path, known);
  };
  blameFrames(failure, blame);
  const closure = importClosure(index, failure.file);
  blameChanges(failure, changes, { closure, index, blame });
  blameNearest(failure, closure, { blame });
  return [...found]
    .map(([path, one]) => suspectOf(path, one, index))
    .toSorted((one, other) => other.confidence - one.confidence || (one.path < other.path ? -1 : 1))
    .slice(0, maxSuspects);
}

interface Found {
  readonly reasons: { readonly weight: number; readonly reason: string }[];
  line?: number;
}

type Blame = (path: string, weight: number, reason: string, line?: number) => void;

function suspectOf(path: string, { reasons, line }: Found, index: SuspectSources['index']): Suspect {
  const doubt = reasons.reduce((product, { weight }) => product * (1 - weight), 1);
  const symbol = line === undefined ? undefined : index.symbolAt(path, line)?.name;
  return {
    path,
    ...(line === undefined ? {} : { line }),
    ...(symbol === undefined ? {} : { symbol }),
    confidence: Math.min(0.99, Math.round((1 - doubt) * 100) / 100),
    reasons: reasons.toSorted((one, other) => other.weight - one.weight).map(({ reason }) => reason),
  };
}

/** A finding of a compiler stands where it is; a test's own frame is where the failure shows, not where it comes from. */
function blameFrames({ frames, source }: TestFailure, blame: Blame): void {
  const checked = source === 'tsc' || source === 'eslint' || source === 'compiler';
  const seen = new Set<string>();
  let weight = 0.6;
  for (const { file, line, name } of frames) {
    if (seen.has(file) || (fileKind(file) === 'test' && !checked)) continue;
    seen.add(file);
    const called = name === undefined ? '' : ` in ${name}`;
    blame(
      file,
      weight,
      checked ? `the finding stands on line ${line}` : `the stack goes through line ${line}${called}`,
      line,
    );
    weight *= 0.6;
  }
}

/** Everything that a file imports, with the number of steps. */
function importClosure(index: SuspectSources['index'], from: string | undefined): ReadonlyMap<string, number> {
  const steps = new Map<string, number>();
  let edge = from === undefined ? [] : [from];
  for (let step = 1; step <= 8 && edge.length > 0; step += 1) {
    const next: string[] = [];
    for (const path of edge) {
      for (const file of index.importsOf(path).flatMap(({ files }) => files)) {
        if (file === from || steps.has(file)) continue;
        steps.set(file, step);
        next.push(file);
      }
    }
    edge = next;
  }
  // Tests of Go stand in the package that they test and import nothing of it.
  if (from?.endsWith('_test.go'))
    for (const { path } of siblings(index, from)) if (!steps.has(path)) steps.set(path, 1);
  return steps;
}

function siblings(index: SuspectSources['index'], test: string): { readonly path: string }[] {
  const source = test.replace(/_test\.go$/, '.go');
  return index.file(source) ? [{ path: source }] : [];
}

interface Around {
  readonly closure: ReadonlyMap<string, number>;
  readonly index: SuspectSources['index'];
  readonly blame: Blame;
}

const manifest =
  /(^|\/)(package\.json|[\w-]+\.lock|pnpm-lock\.yaml|package-lock\.json|pyproject\.toml|requirements[^/]*\.txt|go\.(mod|sum)|tsconfig[^/]*\.json|[\w-]+\.config\.[cm]?[jt]s)$/;

function blameChanges(failure: TestFailure, changes: readonly RecentChange[], { closure, index, blame }: Around): void {
  const seen = new Set<string>();
  for (const { path, lines, commit, age } of changes) {
    // The latest change of a file tells most; of an older one only the fact would be repeated.
    if (seen.has(path)) continue;
    seen.add(path);
    const framed = failure.frames.filter((frame) => frame.file === path);
    const steps = closure.get(path);
    const when = commit
      ? `commit ${commit.hash} "${commit.subject.slice(0, 60)}" changed it`
      : 'it has changes that are not committed';
    const worth = (age === 0 ? 0.55 : 0.45) * 0.8 ** Math.max(0, age - 1);
    const [first] = lines;
    if (path === failure.file) blame(path, worth * 0.6, `the test itself: ${when}`, failure.line ?? first?.[0]);
    else if (steps !== undefined || framed.length > 0) {
      blame(
        path,
        steps === undefined || steps <= 2 ? worth : worth * 0.7,
        `${when}${steps === undefined ? '' : `, and the test imports it${steps > 1 ? ` in ${steps} steps` : ''}`}`,
        first?.[0],
      );
      const near = framed.find(({ line }) => lines.some((range) => isNear(line, range)));
      if (near) blame(path, 0.4, `the change is at line ${near.line}, where the stack goes through`, near.line);
      const named = symbolNamed(failure, path, lines, index);
      if (named !== undefined) blame(path, 0.3, `${named}, which changed, is named by the failure`);
    } else if (manifest.test(path)) blame(path, worth * 0.3, when, first?.[0]);
    else if (lines.length === 0 && mentions(failure.message, path))
      blame(path, 0.6, `${when.replace('changed', 'removed')}, and the failure names it`);
  }
}

function isNear(line: number, [from, to]: LineRange): boolean {
  return line >= from - 3 && line <= to + 3 && to - from < 100_000;
}

/** A symbol around a changed line whose name the test or its words mention. */
function symbolNamed(
  { name, message }: TestFailure,
  path: string,
  lines: readonly LineRange[],
  index: SuspectSources['index'],
): string | undefined {
  const text = `${name} ${message}`;
  for (const [from] of lines.slice(0, 20)) {
    const symbol = index.symbolAt(path, from)?.name;
    if (symbol !== undefined && symbol.length > 2 && new RegExp(`\\b${symbol.replaceAll('$', '\\$')}\\b`).test(text))
      return symbol;
  }
  return undefined;
}

function mentions(message: string, path: string): boolean {
  const stem = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return stem.length > 2 && message.includes(stem);
}

/** With nothing else to go by, what the test is named after, and what it imports itself. */
function blameNearest(
  { file }: TestFailure,
  closure: ReadonlyMap<string, number>,
  { blame }: Pick<Around, 'blame'>,
): void {
  for (const [path, steps] of closure) {
    if (steps > 2 || fileKind(path) !== 'source') continue;
    const named = file !== undefined && isNamedAfter(file, path);
    if (steps === 1) blame(path, 0.15, 'the test imports it');
    if (named) blame(path, 0.3, 'the test is named after it');
  }
}
