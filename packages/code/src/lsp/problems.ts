import type { Severity, WireDiagnostic } from './replies.ts';
import type { PositionEncoding, TextLines } from './position.ts';

/** Something that is wrong in a file, as a language server says it. */
export interface Problem {
  /** Relative to the root of the work tree, with forward slashes. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  readonly severity: Severity;
  /** For example `TS2322` or `reportCallIssue`. */
  readonly code?: string;
  /** Who says so, for example `ts`. */
  readonly source?: string;
  readonly message: string;
}

/** A server's words about a text as problems, in the order of the text. */
export function problemsIn(
  path: string,
  diagnostics: readonly WireDiagnostic[],
  { lines, encoding }: { readonly lines: TextLines; readonly encoding: PositionEncoding },
): Problem[] {
  const found = diagnostics.map(({ range, severity, code, source, message }): Problem => {
    const { line, column } = lines.place(range.start, encoding);
    const named =
      code === undefined
        ? {}
        : { code: (source === 'ts' || source === 'typescript') && /^\d+$/.test(code) ? `TS${code}` : code };
    return {
      path,
      line: line + 1,
      column: column + 1,
      severity,
      ...named,
      ...(source === undefined ? {} : { source }),
      message,
    };
  });
  return found.toSorted((one, other) => one.line - other.line || one.column - other.column);
}

/**
 * Tells which problems a change of a text brought. A problem that was there before counts as the same when it stands on
 * the same line, moved as the lines around the change moved, or somewhere in what was changed.
 */
export function newProblems(
  before: { readonly text: string; readonly problems: readonly Problem[] },
  after: { readonly text: string; readonly problems: readonly Problem[] },
): Problem[] {
  const moved = movedLines(before.text, after.text);
  const old = new Map<string, number[]>();
  for (const problem of before.problems) {
    const places = old.get(keyOf(problem)) ?? [];
    old.set(keyOf(problem), places);
    places.push(moved.lineAfter(problem.line) ?? changedPart);
  }
  const taken = (problem: Problem, line: number): boolean => {
    const places = old.get(keyOf(problem)) ?? [];
    const at = places.indexOf(line);
    if (at >= 0) places.splice(at, 1);
    return at >= 0;
  };
  return after.problems.filter((problem) => {
    if (taken(problem, problem.line)) return false;
    return !(moved.isChanged(problem.line) && taken(problem, changedPart));
  });
}

/** Stands for any line in the changed part. */
const changedPart = 0;

function keyOf({ severity, code, source, message }: Problem): string {
  return JSON.stringify([severity, code, source, message]);
}

/** What became of lines, counted from 1, when the part between a common start and a common end was changed. */
function movedLines(before: string, after: string) {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const least = Math.min(old.length, now.length);
  let start = 0;
  while (start < least && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < least - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  return {
    lineAfter(line: number): number | undefined {
      if (line <= start) return line;
      return line > old.length - end ? line + now.length - old.length : undefined;
    },
    isChanged: (line: number) => line > start && line <= now.length - end,
  };
}

/** Prints problems for a model, errors first; hints and remarks only where there is nothing worse. */
export function printProblems(problems: readonly Problem[], most: number): string[] {
  const order: readonly Severity[] = ['error', 'warning', 'info', 'hint'];
  const sorted = problems.toSorted((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
  const rows = sorted.slice(0, most).map(printProblem);
  return sorted.length > most ? [...rows, `… and ${sorted.length - most} more; see them with diagnostics.`] : rows;
}

/** Characters of one message that a model reads. */
const maxWords = 500;

function printProblem({ path, line, column, severity, code, message }: Problem): string {
  const lines = message.split('\n').filter((each) => each.trim() !== '');
  const words = lines.join('\n  ');
  const shown = words.length > maxWords ? `${words.slice(0, maxWords)} …` : words;
  return `${path}:${line}:${column} ${severity} ${shown}${code === undefined ? '' : ` (${code})`}`;
}
