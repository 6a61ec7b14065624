import type { CodeIndex } from '../context/code-index.ts';
import { fileKind } from '../index/file-kind.ts';
import { testsOf, type CoveringTest, type TestReason, type TestsOfOptions } from './tests-of.ts';

/** The tests that a change may break. */
export interface TestsOfChange {
  /** The surest first. */
  readonly tests: readonly (CoveringTest & { readonly of: readonly string[] })[];
  /** Set when any test may be concerned, with the file that says so: settings, manifests, what all tests share. */
  readonly all?: string;
  /** Changed sources that no test is known to cover. */
  readonly uncovered: readonly string[];
}

export interface TestsOfChangeOptions extends TestsOfOptions {
  /** Tests below this confidence are left out. Default 0.3. */
  readonly least?: number;
}

const forAll =
  /(^|\/)(package\.json|pnpm-lock\.yaml|package-lock\.json|yarn\.lock|bun\.lock|tsconfig[^/]*\.json|(vitest|jest|vite|babel|playwright)\.config\.[cm]?[jt]s|\.mocharc[^/]*|pyproject\.toml|setup\.(cfg|py)|pytest\.ini|tox\.ini|requirements[^/]*\.txt|poetry\.lock|uv\.lock|go\.(mod|sum|work)|conftest\.py)$/;

/**
 * Finds the tests that cover any of the files that changed.
 *
 * @param paths Relative to the root; files that are gone count too.
 */
export function testsOfChange(
  index: CodeIndex,
  paths: readonly string[],
  { least = 0.3, ...options }: TestsOfChangeOptions = {},
): TestsOfChange {
  const all = paths.find((path) => forAll.test(path));
  const found = new Map<string, { confidence: number; reasons: readonly TestReason[]; of: string[] }>();
  const uncovered: string[] = [];
  for (const path of paths) {
    const tests = testsOf(index, path, options).filter(
      ({ path: test, confidence }) => confidence >= least && index.file(test),
    );
    if (tests.length === 0 && fileKind(path) === 'source' && index.file(path)?.language) uncovered.push(path);
    for (const { path: test, confidence, reasons } of tests) {
      const known = found.get(test);
      if (!known) found.set(test, { confidence, reasons, of: [path] });
      else if (confidence > known.confidence) found.set(test, { confidence, reasons, of: [path, ...known.of] });
      else known.of.push(path);
    }
  }
  const tests = [...found]
    .map(([path, one]) => ({ path, ...one }))
    .toSorted((one, other) => other.confidence - one.confidence || (one.path < other.path ? -1 : 1));
  return { tests, ...(all === undefined ? {} : { all }), uncovered };
}
