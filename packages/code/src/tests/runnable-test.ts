import { fileKind } from '../index/file-kind.ts';

const named =
  /[._-](test|tests|spec|specs|e2e|cy)\.[cm]?[jt]sx?$|(^|\/)(test_[^/]*|[^/]*_test|tests)\.py$|_test\.go$|(^|\/)test[-_][^/]*\.[cm]?[jt]sx?$/i;
const aside =
  /(^|\/)(__mocks__|mocks?|__fixtures__|fixtures?|testdata|snapshots|__snapshots__|testing|helpers?|support|utils?|setup)\//i;
const code = /\.([cm]?[jt]sx?|py|go)$/;

/**
 * Tells whether a runner of tests would run a file: by its name, or because it lies among tests and nothing imports it.
 * What tests share, such as fixtures and helpers, is no test to run.
 */
export function isRunnableTest(path: string, isImported: (path: string) => boolean): boolean {
  if (fileKind(path) !== 'test' || !code.test(path) || /\.d\.[cm]?ts$|(^|\/)(conftest|__init__)\.py$/.test(path))
    return false;
  if (named.test(path)) return !/(^|\/)(__fixtures__|testdata)\//.test(path);
  if (/\.(py|go)$/.test(path) || aside.test(path)) return false;
  return /(^|\/)(__tests__|tests?|specs?)\//.test(path) && !isImported(path);
}
