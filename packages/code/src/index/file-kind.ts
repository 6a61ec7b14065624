/** What a file is for, told by its path. */
export type FileKind = 'source' | 'test' | 'example' | 'docs' | 'config' | 'declaration' | 'data';

const testFolder =
  /(^|\/)(tests?|__tests__|__mocks__|__fixtures__|fixtures|specs?|e2e|cypress|testdata|testing|mocks?|snapshots|__snapshots__|test_[^/]*|[^/]*[-_]tests?|typetests?|test-d)\//i;
const testName =
  /(^|\/)(test_[^/]*|conftest)\.py$|_test\.(go|py)$|[._-](test|tests|spec|specs|e2e|test-d|cy|bench)\.[cm]?[jt]sx?$/i;
const exampleFolder =
  /(^|\/)(examples?|demos?|samples?|playgrounds?|benchmarks?|bench|sandbox|docs_src|tutorials?|templates?)\//i;
const docsFile = /\.(md|mdx|rst|txt|adoc)$|(^|\/)(license|codeowners|changelog[^/]*)$/i;
const docsFolder = /(^|\/)(docs?|documentation|website|www|site)\//i;
const configFile =
  /(^|\/)(\.[^/]+|[^/]+\.config\.[cm]?[jt]s|[^/]+rc\.[cm]?js|(gulp|grunt|jake)file\.[cm]?js|setup\.py|package\.json|tsconfig[^/]*\.json|[^/]*\.(toml|ini|cfg|ya?ml|conf|lock|mod)|makefile|dockerfile)$/i;

/** Tells what a file is for. */
export function fileKind(path: string): FileKind {
  if (testFolder.test(path) || testName.test(path)) return 'test';
  if (docsFile.test(path)) return 'docs';
  if (configFile.test(path)) return 'config';
  if (exampleFolder.test(path)) return 'example';
  if (/\.d\.[cm]?ts$|\.pyi$/.test(path)) return 'declaration';
  if (docsFolder.test(path)) return 'docs';
  return /\.(json|jsonc|json5|xml|csv|snap)$/i.test(path) ? 'data' : 'source';
}
