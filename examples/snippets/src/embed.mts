import { improveTools } from '@capstan/improve';
import { fullAuto } from '@capstan/policy';
import { practice } from '@capstan/providers/practice';
import { createAgent } from '@capstan/sdk';
import { codingTools, openWorktree } from '@capstan/tools';

const worktree = await openWorktree('.');
const agent = createAgent({
  model: practice(), // works without a key; with one: model('anthropic/claude-sonnet-4-5') from '@capstan/providers'
  tools: [...codingTools(worktree), ...improveTools(worktree)],
  policy: fullAuto({ root: worktree.root }),
  budget: { costUsd: 0.25, seconds: 120, turns: 40 },
});

const run = agent.run('Find something slow in this repository and make it fast.');
for await (const event of run) {
  if (event.type === 'text.delta') process.stdout.write(event.text);
  if (event.type === 'tool.decided') console.log(`\n· ${event.tool}: ${event.verdict} (${event.rule})`);
}
const { reason, patches } = await run.result;
console.log(`\n${reason}; patches to keep or roll back: ${patches.map(({ id }) => id).join(', ') || 'none'}`);
