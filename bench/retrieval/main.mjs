// How well a search finds the files that a commit changed, by its subject alone, on real histories.
//   npm run bench -- retrieval CLONE… [--cases 40] [--hits FILE]
// Each clone is a folder of git with its history; nothing is written to it. `--hits` writes every case with its hits.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { openIndex } from '@capstan/code';
import { casesOf } from './cases.mjs';

const words = process.argv.slice(2);
const option = (name, value) => {
  const at = words.indexOf(`--${name}`);
  return at < 0 ? value : words.splice(at, 2)[1];
};
const count = Number(option('cases', 40));
const hitsFile = option('hits');
const noHistory = words.includes('--no-history');
const clones = words.filter((word) => !word.startsWith('--')).map((path) => resolve(path));
if (clones.length === 0) {
  console.error(
    'Give the folders of clones: npm run bench -- retrieval CLONE… [--cases 40] [--hits FILE] [--no-history]',
  );
  process.exit(2);
}
if (hitsFile) writeFileSync(hitsFile, '');

const scratch = mkdtempSync(join(tmpdir(), 'bench-retrieval-'));
const run = (folder, list, options = {}) =>
  execFileSync('git', ['-C', folder, ...list], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'], ...options });

/** Brings a work tree to a commit, also when the clone lacks some contents. */
function checkOut(tree, commit) {
  try {
    run(tree, ['checkout', '-q', '-f', '--detach', commit]);
  } catch {
    run(tree, ['read-tree', commit]);
    try {
      run(tree, ['checkout-index', '-q', '-f', '-a']);
    } catch {}
    run(tree, ['update-ref', '--no-deref', 'HEAD', commit]);
  }
  run(tree, ['clean', '-q', '-f', '-d', '-e', '.capstan']);
}

function score(found, wanted) {
  const rank = found.findIndex((path) => wanted.includes(path));
  const recall = (k) => found.slice(0, k).filter((path) => wanted.includes(path)).length / Math.min(wanted.length, k);
  return { r5: recall(5), r10: recall(10), mrr: rank < 0 ? 0 : 1 / (rank + 1) };
}

const mean = (list, key) => list.reduce((sum, one) => sum + one[key], 0) / Math.max(1, list.length);
const row = (name, list, extra = '') =>
  `| ${name} | ${list.length} | ${(100 * mean(list, 'r5')).toFixed(1)} | ${(100 * mean(list, 'r10')).toFixed(1)} | ${mean(list, 'mrr').toFixed(3)} | ${extra} |`;

const all = [];
console.log(
  '| repository | cases | recall@5 % | recall@10 % | MRR | files, ms a query |\n| --- | ---: | ---: | ---: | ---: | ---: |',
);
try {
  for (const clone of clones) {
    const cases = casesOf(clone, count);
    const name =
      clone
        .split('/')
        .filter((part) => part !== 'repo' && part !== '.git')
        .at(-1) ?? basename(clone);
    const tree = join(scratch, `${all.length}`);
    mkdirSync(tree);
    execFileSync('git', ['clone', '-q', '--shared', '--no-checkout', clone, tree], { stdio: 'ignore' });
    const scores = [];
    let [ms, files] = [0, 0];
    let index;
    for (const one of cases) {
      checkOut(tree, one.parent);
      if (index) await index.refresh();
      else index = await openIndex(tree, { folder: false });
      files = index.files().length;
      await index.search('warm', { history: !noHistory });
      const start = performance.now();
      const hits = await index.search(one.subject, { limit: 100, history: !noHistory });
      ms += performance.now() - start;
      const known = one.files.filter((path) => index.file(path));
      const paths = hits.map(({ path }) => path);
      scores.push(score(paths, one.files));
      if (hitsFile) {
        const told = hits.map(({ path, signals }) => [path, index.file(path).kind, signals]);
        appendFileSync(
          hitsFile,
          `${JSON.stringify({ name, ...one, missing: one.files.length - known.length, hits: told })}\n`,
        );
      }
    }
    await index?.close();
    all.push(...scores);
    console.log(row(name, scores, `${files}, ${(ms / Math.max(1, cases.length)).toFixed(1)}`));
    rmSync(tree, { recursive: true, force: true });
  }
  console.log(row('**all**', all));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
