// Renames random symbols of repositories one after another, each there, back and there again, and looks whether their own
// checks still pass:  npm run bench -- refactor FOLDER… [--count 100] [--seed 1] [--check "npx vitest run"] [--every 20]
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openIndex, planRefactor } from '@capstan/code';
import { openWorktree } from '@capstan/tools';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    check: { type: 'string', multiple: true, default: [] },
    every: { type: 'string', default: '0' },
    verbose: { type: 'boolean', default: false },
  },
});
if (positionals.length === 0) {
  console.error('Give the folder of a repository whose dependencies are installed.');
  process.exit(2);
}

/** Small and repeatable; good enough to choose symbols. */
function randomOf(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function copyOf(folder) {
  const root = join(mkdtempSync(join(tmpdir(), 'capstan-refactor-')), basename(folder));
  cpSync(folder, root, { recursive: true, filter: (path) => !/\/(node_modules|\.git|\.capstan)$/.test(path) });
  const modules = join(folder, 'node_modules');
  if (existsSync(modules)) symlinkSync(modules, join(root, 'node_modules'));
  return root;
}

/** Half of what is chosen is declared at the top of a file or in a class; half is any name anywhere. */
function choose(index, root, random) {
  const files = index.files().filter(({ language, kind }) => language !== undefined && kind === 'source');
  const file = files[random(files.length)];
  const outline = index.outline(file.path);
  if (random(2) === 0 && outline.length > 0) {
    const { line, column, name } = outline[random(outline.length)];
    return { path: file.path, line, column, name };
  }
  const lines = readFileSync(join(root, file.path), 'utf8').split('\n');
  const line = random(lines.length);
  const names = [...lines[line].matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)];
  const found = names[random(names.length)];
  return found && { path: file.path, line: line + 1, column: found.index + 1, name: found[0] };
}

function placeOf(text, name) {
  const at = new RegExp(`(?<![\\p{L}\\p{N}_$])${name.replaceAll('$', '\\$')}(?![\\p{L}\\p{N}_$])`, 'u').exec(
    text,
  )?.index;
  if (at === undefined) return undefined;
  const before = text.slice(0, at).split('\n');
  return `${before.length}:${before.at(-1).length + 1}`;
}

function checksPass(root, when) {
  return values.check.every((line) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CI: '1' },
    });
    if (status !== 0)
      console.log(`  ${when}: "${line}" fails\n${`${stdout}\n${stderr}`.split('\n').slice(-30).join('\n')}`);
    return status === 0;
  });
}

let count = 0;

async function attempt(root, index, target) {
  const next = `${target.name}Zq${(count += 1)}`;
  const start = performance.now();
  const plan = await planRefactor(
    root,
    { kind: 'rename', target: `${target.path}:${target.line}:${target.column}`, name: next },
    { index, public: true },
  );
  const ms = performance.now() - start;
  const tree = await openWorktree(root);
  try {
    const before = new Map(plan.changes.map(({ path }) => [path, readFileSync(join(root, path))]));
    await tree.change(plan.changes);
    const [path, place] = [...before.keys()]
      .map((one) => [one, placeOf(readFileSync(join(root, one), 'utf8').replace(/^\uFEFF/, ''), next)])
      .find(([, found]) => found);
    let back;
    try {
      const undone = await planRefactor(
        root,
        { kind: 'rename', target: `${path}:${place}`, name: target.name },
        { index, public: true },
      );
      const same = undone.changes.every((one) => before.get(one.path)?.equals(Buffer.from(one.content)));
      back = same && undone.changes.length === before.size ? 'same' : 'differs';
    } catch (error) {
      back = `refused: ${error.message}`;
    }
    return { ms, back, files: before.size, places: plan.files.reduce((sum, one) => sum + one.places, 0) };
  } finally {
    tree.close();
  }
}

async function measure(folder) {
  const root = copyOf(resolve(folder));
  const random = randomOf(Number(values.seed));
  const index = await openIndex(root, { folder: false });
  const result = {
    repository: basename(folder),
    renamed: 0,
    places: 0,
    files: 0,
    same: 0,
    refused: {},
    crashed: 0,
    ms: [],
  };
  const passedBefore = checksPass(root, 'before');
  const names = [];
  for (
    let tries = 0;
    tries < Number(values.count) * 6 && result.renamed + sum(result.refused) < Number(values.count);
    tries++
  ) {
    const target = choose(index, root, random);
    if (!target || target.name.includes('Zq')) continue;
    try {
      const done = await attempt(root, index, target);
      result.renamed += 1;
      result.places += done.places;
      result.files += done.files;
      result.ms.push(done.ms);
      if (done.back === 'same') result.same += 1;
      else console.log(`  ${target.path}:${target.line}:${target.column} ${target.name}: back ${done.back}`);
      names.push(`${target.path}:${target.line} ${target.name}`);
      const every = Number(values.every);
      if (every > 0 && result.renamed % every === 0 && !checksPass(root, `after ${names.slice(-every).join(', ')}`))
        break;
    } catch (error) {
      if (error.code === undefined) {
        result.crashed += 1;
        console.log(`  CRASH ${target.path}:${target.line}:${target.column} ${target.name}\n${error.stack}`);
      } else {
        const reason = /\n {2}\S+ {2}([\w ]+):/.exec(error.message)?.[1] ?? error.code;
        const unfit =
          /no name stands here|it has that name|is no name/.test(error.message) || error.code !== 'conflict';
        if (!unfit) result.refused[reason] = (result.refused[reason] ?? 0) + 1;
        if (values.verbose && !unfit)
          console.log(`  ${target.name}: ${error.message.split('\n').slice(0, 4).join(' ')}`);
      }
    }
  }
  const passedAfter = checksPass(root, 'after');
  await index.close();
  rmSync(join(root, '..'), { recursive: true, force: true });
  const sorted = result.ms.toSorted((one, other) => one - other);
  return { ...result, ms: Math.round(sorted[sorted.length >> 1] ?? 0), passedBefore, passedAfter };
}

function sum(counts) {
  return Object.values(counts).reduce((one, other) => one + other, 0);
}

for (const folder of positionals) console.log(JSON.stringify(await measure(folder)));
