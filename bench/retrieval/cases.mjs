// Cases for retrieval from the history of a repository: the subject of a commit is the query, the source files that it
// changed are what must be found, in the tree and with the history that its parent had.
import { execFileSync } from 'node:child_process';

const source = /\.(ts|tsx|mts|cts|js|jsx|mjs|cjs|py|go)$/;
const notSource =
  /(^|\/)(tests?|__tests__|__mocks__|__fixtures__|fixtures|specs?|e2e|testdata|testing|mocks?|examples?|demos?|playgrounds?|benchmarks?|bench|docs?|docs_src|website|www|vendor|node_modules|dist|build|scripts|tools|\.github)\/|[._-](test|tests|spec|specs|e2e|test-d|bench|stories)\.[cm]?[jt]sx?$|_test\.(go|py)$|(^|\/)(test_[^/]*|conftest|setup)\.py$|\.d\.[cm]?ts$|\.config\.[cm]?[jt]s$|(^|\/)\.[^/]+\.[cm]?js$|\.(min|gen|generated|pb)\./i;

/** Subjects that tell nothing of the code: releases, updates of dependencies, clean-ups, undone work. */
const idle =
  /^(merge|revert|release|publish|version|prepare|wip|fixup|squash|cut|v?\d+\.\d+)\b|^(chore|build|ci|docs?|style|test|tests|release)(\([^)]*\))?!?:|\b(bump|upgrade|dependenc(y|ies)|deps|changelog|changeset|version packages|typos?|lint|eslint|prettier|format(ting)?|rustfmt|gofmt|black|ruff|copyright|license|readme|docstrings?|coverage|cleanup|clean up|release version|renovate|dependabot|pre-commit|backport|cherry.?pick)\b/i;

const git = (folder, words, input) =>
  execFileSync('git', ['-C', folder, ...words], {
    input,
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'pipe', 'ignore'],
  }).toString('utf8');

/** Gives the newest `count` cases, the newest first: `{ commit, parent, subject, files }`. */
export function casesOf(folder, count) {
  const log = git(folder, [
    'log',
    '--no-merges',
    '--max-count=6000',
    '--name-status',
    '--no-renames',
    '-z',
    '--format=%x01%H%x02%P%x02%s%x02',
    'HEAD',
  ]);
  const cases = [];
  for (const record of log.split('\x01').slice(1)) {
    const [commit, parent, subject, rest] = record.split('\x02');
    const fields = rest.replace(/^[\0\n]+/, '').split('\0');
    const files = [];
    for (let at = 0; at + 1 < fields.length; at += 2)
      if (/^[AMDT]$/.test(fields[at])) files.push({ status: fields[at], path: fields[at + 1] });
    const touched = files.filter(({ path }) => source.test(path) && !notSource.test(path));
    const gold = touched.filter(({ status }) => status !== 'A').map(({ path }) => path);
    const single = touched.length >= 1 && touched.length <= 5 && gold.length >= 1 && files.length <= 20;
    if (!single || parent === '' || parent.includes(' ')) continue;
    // Some projects begin each subject with a picture.
    if (idle.test(subject.replace(/^[^\p{L}\p{N}[]+/u, '')) || subject.split(/\s+/).length < 3) continue;
    cases.push({ commit, parent, subject, files: gold });
    if (cases.length === count) break;
  }
  return cases;
}
