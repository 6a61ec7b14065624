import { fileKind } from '../index/file-kind.ts';
import type { ModuleGraph } from '../index/module-graph.ts';

/** A test file for a source file. */
export interface RelatedTest {
  readonly path: string;
  readonly why: 'imports it' | 'named after it' | 'imports what imports it' | 'changed with it';
}

export interface TestSources {
  readonly paths: Iterable<string>;
  readonly graph: ModuleGraph;
  /** Files changed together with a file, the most often first. */
  readonly companions?: (path: string) => readonly string[];
}

/** Finds the test files of a source file: by imports, by name, by one step more, by past commits; each test once. */
export function relatedTests(path: string, { paths, graph, companions }: TestSources): readonly RelatedTest[] {
  if (fileKind(path) === 'test') return [];
  const found = new Map<string, RelatedTest['why']>();
  const note = (test: string, why: RelatedTest['why']): void => {
    if (fileKind(test) === 'test' && !found.has(test)) found.set(test, why);
  };
  const direct = graph.importersOf(path);
  for (const importer of direct) note(importer, 'imports it');
  if (path.endsWith('.go')) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    for (const other of paths)
      if (other.startsWith(folder) && /^[^/]+_test\.go$/.test(other.slice(folder.length))) note(other, 'imports it');
  }
  for (const other of paths) if (namedAfter(other, path) && sameLanguage(path, other)) note(other, 'named after it');
  for (const importer of direct) for (const one of graph.importersOf(importer)) note(one, 'imports what imports it');
  for (const other of companions?.(path) ?? []) note(other, 'changed with it');
  const order: readonly RelatedTest['why'][] = [
    'named after it',
    'imports it',
    'changed with it',
    'imports what imports it',
  ];
  const named = (test: string, why: RelatedTest['why']) => (namedAfter(test, path) ? 0 : 1 + order.indexOf(why));
  return [...found]
    .toSorted(([one, why], [other, reason]) => named(one, why) - named(other, reason) || (one < other ? -1 : 1))
    .map(([test, why]) => ({ path: test, why }));
}

/** Tells whether a test carries the name of a source, in the same language. */
export function isNamedAfter(test: string, source: string): boolean {
  return testStem(test) === testStem(source) && sameLanguage(test, source);
}

/** The name that a source and its tests share: `src/user.ts`, `test/user.spec.ts` and `test_user.py` give `user`. */
function testStem(path: string): string {
  const stem = ownStem(path);
  if (!nameless.test(stem)) return stem.toLowerCase();
  return (
    path
      .split('/')
      .filter((part) => !/^(__tests__|tests?|spec)$/.test(part))
      .at(-2)
      ?.toLowerCase() ?? stem
  );
}

/** Files of these names are called after their folder. */
const nameless = /^(index|__init__|mod|main)$/;

function ownStem(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name
    .replace(/\.[^.]+$/, '')
    .replace(/[._-](test|tests|spec|specs|e2e|e2e-spec|unit|int|integration|property)+$/i, '')
    .replace(/[._-](test|tests|spec|specs)$/i, '')
    .replace(/^test[_-]/i, '');
}

/** A test that is called after its folder is one of that folder, not of any file of the folder's name elsewhere. */
function namedAfter(test: string, path: string): boolean {
  return testStem(test) === testStem(path) && (!nameless.test(ownStem(test)) || nameless.test(ownStem(path)));
}

function sameLanguage(one: string, other: string): boolean {
  const family = (path: string): string => path.replace(/^.*\./, '').replace(/^[cm]?[jt]sx?$/, 'js');
  return family(one) === family(other);
}
