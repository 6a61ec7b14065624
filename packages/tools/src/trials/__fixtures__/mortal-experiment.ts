import { createAgent, experiment } from '@capstan/sdk';
import type { Tool } from '@capstan/sdk';
import { fullAuto } from '@capstan/policy';
import { scriptedModel } from '@capstan/sdk/testing';
import { fileTools } from '../../coding-tools.ts';
import { openWorktree } from '../../worktree/worktree.ts';
import { gitWorktrees } from '../git-worktrees.ts';
import type { TrialTree } from '../git-worktrees.ts';

/** Runs an experiment in the folder of the first argument and kills itself, hard, at the step of the third. */
const [root = '', folder = '', at = '-1'] = process.argv.slice(2);
let steps = 0;
const step = () => {
  if (steps++ === Number(at)) process.kill(process.pid, 'SIGKILL');
};

const main = await openWorktree(root, { probe: step });
const workspaces = await gitWorktrees(main, { folder, tests: 'test -e a.txt' });
const write = (path: string, content: string) => ({ tool: 'write', input: { path, content } });
const candidate = (name: string, text: string) => ({
  name,
  agent: ({ worktree }: TrialTree) =>
    createAgent({
      model: scriptedModel([{ calls: [write('a.txt', text), write(`made/${name}.txt`, text)] }, { text: 'done' }]),
      tools: fileTools(worktree) as Tool[],
      policy: fullAuto({ root: worktree.root }),
    }),
});
const run = experiment({ task: 't', workspaces, candidates: [candidate('long', 'much longer\n'.repeat(5)), candidate('short', 'new\n')] });
for await (const event of run) if (event.type !== 'child' || event.event.type === 'run.ended') step();
const { output } = await run.result;
await workspaces.close();
main.close();
console.log(JSON.stringify({ winner: output?.winner, steps }));
