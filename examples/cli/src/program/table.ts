import type { CommandEntry } from '../frame/cli.ts';

type Load = CommandEntry['load'];

/** Every command, in the order the help shows them, each with the code to load when it is called. */
export const commands: readonly CommandEntry[] = [
  ...group('Work:', [
    ['ui', 'talk with the agent in the terminal', () => import('../commands/ui.ts')],
    ['run', 'do a task and end', () => import('../commands/run.ts')],
    ['do', 'do a recipe: a task that is done often', () => import('../commands/do.ts')],
    ['resume', 'go on with a run that waits or was cut off', () => import('../commands/resume.ts')],
    ['acp', 'let an editor drive the agent', () => import('../commands/acp.ts')],
    ['wrap', 'run a command; when it fails, offer a fix', () => import('../commands/wrap.ts')],
    ['watch', 'tell what changes, and run something for it', () => import('../commands/watch.ts')],
    ['plan', 'make a plan for a task', () => import('../commands/plan.ts')],
    ['edit', 'change a file or a part of it', () => import('../commands/edit.ts')],
    ['test', 'run the tests, with hints for what fails', () => import('../commands/test.ts')],
    ['fix', 'make failing tests pass', () => import('../commands/fix.ts')],
    ['review', 'review changes', () => import('../commands/review.ts')],
    ['explain', 'explain code', () => import('../commands/explain.ts')],
    ['doc', 'write documentation comments', () => import('../commands/doc.ts')],
    ['experiment', 'let several models or agents compete', () => import('../commands/experiment.ts')],
    ['commit', 'commit with a message made from the diff', () => import('../commands/commit.ts')],
  ]),
  ...group('Code:', [
    ['stack', 'tell what the repository is made with', () => import('../commands/stack.ts')],
    ['index', 'read the repository into the index', () => import('../commands/index-code.ts')],
    ['search', 'find the files that a task or question is about', () => import('../commands/index-search.ts')],
    ['map', 'show the most used files with what they declare', () => import('../commands/index-map.ts')],
    ['refactor', 'rename, extract, inline, move and split code', () => import('../commands/refactor.ts')],
  ]),
  ...group('Changes:', [
    ['patch', 'list, show, apply and take back changes', () => import('../commands/patch.ts')],
    ['sessions', 'list, show, fork, export and tidy sessions', () => import('../commands/sessions.ts')],
    ['log', 'show the events of a run', () => import('../commands/log.ts')],
  ]),
  ...group('Parts:', [
    ['tool', 'list, show and run tools without a model', () => import('../commands/tool.ts')],
    ['mcp', 'MCP servers: use their tools, or serve ours', () => import('../commands/mcp.ts')],
    ['agent', 'agents of your own', () => import('../commands/agent.ts')],
    ['serve', 'run the relay on this machine', () => import('../commands/serve.ts')],
    ['provider', 'list vendors, and name hosts of your own', () => import('../commands/provider.ts')],
    ['models', 'list models with limits and prices', () => import('../commands/models.ts')],
    ['tape', 'show and check recorded model calls', () => import('../commands/tape.ts')],
    ['policy', 'judge commands, paths and addresses', () => import('../commands/policy.ts')],
    ['plugin', 'show, trust and forget plug-ins of your own', () => import('../commands/plugin.ts')],
    ['sandbox', 'run a command confined to the repository', () => import('../commands/sandbox.ts')],
    ['prompt', 'show what a model is told', () => import('../commands/prompt.ts')],
  ]),
  ...group('Settings:', [
    ['init', 'make a repository ready', () => import('../commands/init.ts')],
    ['status', 'show where one stands', () => import('../commands/status.ts')],
    ['doctor', 'check that all that is needed is there', () => import('../commands/doctor.ts')],
    ['auth', 'keep, list and forget keys', () => import('../commands/auth.ts')],
    ['config', 'read and change settings', () => import('../commands/config.ts')],
    ['budget', 'show and set what a run may spend', () => import('../commands/budget.ts')],
    ['telemetry', "report runs to a collector or file of one's own", () => import('../commands/telemetry.ts')],
    ['upgrade', 'get the newest version', () => import('../commands/upgrade.ts')],
    ['schema', 'print the JSON Schema of what --json prints', () => import('../commands/schema.ts')],
    ['completion', 'print the completion script of a shell', () => import('../commands/completion.ts')],
  ]),
];

function group(
  heading: string,
  rows: readonly (readonly [name: string, summary: string, load: Load])[],
): CommandEntry[] {
  return rows.map(([name, summary, load]) => ({ name, summary, group: heading, load }));
}
