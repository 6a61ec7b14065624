import { ago } from '../../render/ago.ts';
import { dollars, plural } from '../../render/amounts.ts';
import { budgetWords } from '../../render/budget-words.ts';
import { renderDiff } from '../../render/diff.ts';
import { fit, table } from '../../render/fit.ts';
import { plainText } from '../../render/plain-text.ts';
import { tryGit } from '../../run/git.ts';
import { sessionFacts } from '../../run/session-facts.ts';
import type { Desk } from '../desk.ts';
import type { SlashCommand } from './slash-command.ts';

/** Commands that show something and change nothing. */
export const lookCommands: readonly SlashCommand[] = [
  { name: 'status', about: 'model, mode, budget, session, changes', anytime: true, run: status },
  { name: 'diff', about: 'what is changed since the last commit', anytime: true, run: diff },
  panel('map', 'what lies in the repository'),
  panel('tasks', 'steps of the task, and what waits'),
  panel('index', 'what is known of the code'),
  panel('agents', 'agents of your own, and sub-agents at work'),
  { ...panel('patches', 'changes that can be taken back'), run: patches },
  panel('tests', 'tests and checks that ran'),
  panel('logs', 'every event that was kept'),
  { name: 'tools', about: 'what the agent can do', anytime: true, run: tools },
  { name: 'mcp', about: 'MCP servers', run: async (desk) => desk.show(await desk.command(['mcp', 'list'])) },
  {
    name: 'prompt',
    about: 'what the model is told',
    run: async (desk) => desk.show(await desk.command(['prompt', 'dump'])),
  },
];

function panel(name: string, about: string): SlashCommand {
  return {
    name,
    about,
    anytime: true,
    run: (desk) => {
      if (!desk.open(name)) desk.note(`/${name} needs the whole terminal.`);
    },
  };
}

async function status(desk: Desk): Promise<void> {
  const { model: current, mode, budget: limits, sessionId, worktree, store } = desk.conversation.parts;
  const facts = sessionFacts(await store.read(sessionId));
  const changed = tryGit(worktree.root, ['status', '--porcelain'])?.split('\n').filter(Boolean).length;
  desk.show(
    table([
      ['root', worktree.root],
      ['model', current.id],
      ['mode', mode],
      ['budget', budgetWords(limits)],
      [
        'session',
        `${sessionId}, ${plural(facts.runs, 'turn')}, ${facts.costUsd === undefined ? 'cost unknown' : dollars(facts.costUsd)}`,
      ],
      ['changes', changed === undefined ? 'no git repository' : plural(changed, 'file')],
    ]),
  );
}

function diff(desk: Desk): void {
  const text = tryGit(desk.conversation.parts.worktree.root, ['diff', '--no-ext-diff', '--no-textconv', 'HEAD']);
  if (text === undefined) return desk.note('There is no git repository with a commit here. See /patches.');
  desk.show(text.trim() === '' ? 'Nothing is changed.' : renderDiff(text, desk.theme.colour, { maxLines: 400 }));
}

async function patches(desk: Desk): Promise<void> {
  if (desk.open('patches')) return;
  const all = await desk.conversation.parts.worktree.patches.list();
  const rows = all
    .slice(-20)
    .map(({ id, state, at, added, removed, files }) => [
      id,
      state,
      ago(Date.now() - at),
      `+${added} -${removed}`,
      plainText(files[0]?.path ?? ''),
    ]);
  desk.show(rows.length === 0 ? 'No patches yet.' : table(rows));
}

function tools(desk: Desk): void {
  const rows = desk.conversation.parts.tools.map(({ name, description }) => [
    name,
    fit(description.replace(/\s+/g, ' '), 80),
  ]);
  desk.show(table(rows));
}
