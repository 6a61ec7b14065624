/** How much of a file was run by tests. */
export interface FileCoverage {
  /** Relative to the root. */
  readonly path: string;
  /** Lines, statements or blocks, as the data counts them. */
  readonly covered: number;
  readonly total: number;
  /** Test files that are known to have run it; empty where the data does not tell one test from another. */
  readonly tests: readonly string[];
}

/** What data of coverage say of a repository. */
export interface Coverage {
  readonly files: ReadonlyMap<string, FileCoverage>;
  /** The files that it was read from, relative to the root. */
  readonly sources: readonly string[];
}

/** Puts several pieces of data together: what any of them saw run was run. */
export function mergeCoverage(pieces: readonly Coverage[]): Coverage {
  const files = new Map<string, FileCoverage>();
  for (const { files: more } of pieces) {
    for (const [path, one] of more) {
      const known = files.get(path);
      const tests = known ? [...new Set([...known.tests, ...one.tests])] : one.tests;
      const better = known && known.covered * one.total >= one.covered * known.total ? known : one;
      files.set(path, { ...better, tests });
    }
  }
  return { files, sources: [...new Set(pieces.flatMap(({ sources }) => sources))] };
}
