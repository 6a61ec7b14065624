// The file tools beside what they stand on: plain fs, ripgrep, git add -A; on a tree of 5,000 files.
//   npm run bench -- tools [--files 5000] [--rounds 15]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codingTools, openWorktree } from '@capstan/tools';

const option = (name, value) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? value : Number(process.argv[at + 1]);
};
const files = option('files', 5000);
const rounds = option('rounds', 15);
const root = mkdtempSync(join(tmpdir(), 'bench-tools-'));

/** A tree as repositories are: folders of 25 files, most of 1 to 8 KB, some with what is searched. */
function fill() {
  for (let index = 0; index < files; index++) {
    const path = join(root, `pkg${Math.floor(index / 500)}`, `src${Math.floor(index / 25) % 20}`, `file${index}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    const lines = Array.from(
      { length: 20 + ((index * 37) % 180) },
      (_, line) => `export const value${line} = compute(${index}, ${line * 7});`,
    );
    if (index % 40 === 0) lines.push('// needle in this file');
    writeFileSync(path, `${lines.join('\n')}\n`);
  }
  writeFileSync(join(root, '.gitignore'), 'node_modules/\n*.log\n');
  execFileSync('git', ['init', '-q'], { cwd: root });
}

async function median(action) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await action(round);
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
}

async function once(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

const rows = [];
const row = (job, ours, floor, floorName) => {
  const ratio = floor ? `${(ours / floor).toFixed(2)} × ${floorName} (${floor.toFixed(2)})` : '';
  rows.push(`| ${job} | ${ours.toFixed(2)} | ${ratio} |`);
};

try {
  fill();
  const tree = await openWorktree(root);
  const tools = new Map(codingTools(tree).map((tool) => [tool.name, tool]));
  const context = {
    signal: new AbortController().signal,
    callId: 'c',
    runId: 'r',
    sessionId: 's',
    progress() {},
    patched() {},
  };
  const call = (name, input) => tools.get(name).execute(input, context);
  const file = 'pkg0/src1/file30.ts';

  row(
    'read',
    await median(() => call('read', { path: file })),
    await median(() => readFileSync(join(root, file), 'utf8')),
    'readFileSync',
  );
  await call('edit', { path: file, old: 'value3 =', new: 'value3  =' });
  const flip = (round) => (round % 2 ? ['0, 28', '0, 29'] : ['0, 29', '0, 28']);
  writeFileSync(
    join(root, 'pkg0/src0/file0.ts'),
    readFileSync(join(root, 'pkg0/src0/file0.ts'), 'utf8').replace('0, 28', '0, 29'),
  );
  row(
    'edit',
    await median((round) =>
      call('edit', { path: 'pkg0/src0/file0.ts', old: `(${flip(round)[0]})`, new: `(${flip(round)[1]})` }),
    ),
    await median(() =>
      writeFileSync(join(root, 'pkg0/src0/plain.ts'), readFileSync(join(root, file)), { flush: true }),
    ),
    'read and write with fsync',
  );
  row('list', await median(() => call('list', { path: 'pkg0/src1' })));
  row('glob **/*.ts', await median(() => call('glob', { pattern: '**/file1*.ts' })));

  const { rgPath } = createRequire(join(import.meta.dirname, '../../packages/tools/package.json'))('@vscode/ripgrep');
  const rg = (words) => spawnSync(rgPath, ['-n', '--hidden', ...words, '.'], { cwd: root });
  const hasRg = rg(['needle']).status === 0;
  row(
    'grep, 125 matches',
    await median(() => call('grep', { pattern: 'needle in' })),
    hasRg ? await median(() => rg(['needle in'])) : 0,
    'ripgrep',
  );
  row(
    'grep, one match',
    await median(() => call('grep', { pattern: 'compute\\(4321, 7\\)' })),
    hasRg ? await median(() => rg(['compute\\(4321, 7\\)'])) : 0,
    'ripgrep',
  );

  const addAll = await once(() => execFileSync('git', ['add', '-A'], { cwd: root }));
  row('snapshot, first', await once(() => tree.snapshots.take()), addAll, 'git add -A, first');
  await new Promise((resolve) => setTimeout(resolve, 100));
  await tree.snapshots.take();
  row(
    'snapshot, unchanged',
    await median(() => tree.snapshots.take()),
    await median(() => execFileSync('git', ['add', '-A'], { cwd: root })),
    'git add -A, unchanged',
  );
  row(
    'shell true, watched',
    await median(() => call('shell', { command: 'true' })),
    await median(() => spawnSync('sh', ['-c', 'true'])),
    'spawnSync sh',
  );
  tree.close();
  const again = await openWorktree(root);
  row('snapshot, new process, unchanged', await once(() => again.snapshots.take()));
  again.close();
  console.log(
    `\n${files} files, median of ${rounds} rounds, milliseconds\n\n| job | ours | beside |\n| --- | ---: | --- |\n${rows.join('\n')}`,
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}
