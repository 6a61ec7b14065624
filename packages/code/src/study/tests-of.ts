import type { CodeIndex } from '../context/code-index.ts';
import { fileKind } from '../index/file-kind.ts';
import type { Reference } from '../index/references.ts';
import type { RelatedTest } from '../rank/related-tests.ts';

/** A test file that covers a place, and why it is held to. */
export interface PlaceTest {
  readonly path: string;
  readonly why: RelatedTest['why'] | 'uses it';
  /** A line of it that uses the symbol. */
  readonly line?: number;
}

/** Has the index read past commits, which tell of tests too: a search does that. */
export async function readPast(index: CodeIndex, signal?: AbortSignal): Promise<void> {
  await index.search('past', { limit: 1, ...(signal ? { signal } : {}) });
}

/** Finds the tests of a place: those that use it first, then those related to its file. */
export function testsOf(index: CodeIndex, path: string, uses: readonly Reference[]): readonly PlaceTest[] {
  const found = new Map<string, PlaceTest>();
  for (const use of uses) {
    const tells = use.sure && use.role !== 'import' && use.path !== path && fileKind(use.path) === 'test';
    if (tells && !found.has(use.path)) found.set(use.path, { path: use.path, why: 'uses it', line: use.line });
  }
  for (const test of index.relatedTests(path)) if (!found.has(test.path)) found.set(test.path, test);
  return [...found.values()];
}
