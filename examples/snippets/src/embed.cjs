const { improveTools } = require('@capstan/improve');
const { fullAuto } = require('@capstan/policy');
const { practice } = require('@capstan/providers/practice');
const { createAgent } = require('@capstan/sdk');
const { codingTools, openWorktree } = require('@capstan/tools');

async function main() {
  const worktree = await openWorktree('.');
  const agent = createAgent({
    model: practice(),
    tools: [...codingTools(worktree), ...improveTools(worktree)],
    policy: fullAuto({ root: worktree.root }),
    budget: { costUsd: 0.25, seconds: 120, turns: 40 },
  });
  const { reason, patches } = await agent.run('Find something slow in this repository and make it fast.').result;
  console.log(`${reason}; patches to keep or roll back: ${patches.map(({ id }) => id).join(', ') || 'none'}`);
}

void main();
