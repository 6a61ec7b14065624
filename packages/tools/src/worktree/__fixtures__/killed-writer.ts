import { openWorktree } from '../worktree.ts';

// Changes a tree as a run would and kills itself at a step of the journal, or goes on until it is killed.
const [root = '', step = '-1', seed = '1'] = process.argv.slice(2);
let steps = 0;

const tree = await openWorktree(root, {
  probe: () => {
    if (steps++ === Number(step)) process.kill(process.pid, 'SIGKILL');
  },
});

const origin = { runId: `run-${seed}` };
await tree.change(
  [
    { path: 'a.txt', content: `a ${seed}\n` },
    { path: 'deep/er/new.txt', content: 'new\n' },
    { path: 'gone.txt', delete: true },
    { path: 'run.sh', content: '#!/bin/sh\n', mode: 0o644 },
  ],
  origin,
);
await tree.change([{ path: 'other', delete: true }], origin);
await tree.patches.rollbackRun(origin.runId);
process.stdout.write(`steps ${steps}\n`);

for (let turn = 0; step === 'loop'; turn++) {
  await tree.change([{ path: `f${turn % 7}`, content: `${turn}\n` }, { path: 'a.txt', content: `${turn}\n` }], origin);
  if (turn % 5 === 4) await tree.change([{ path: `f${turn % 7}`, delete: true }], origin);
}
