import { isCapstanError } from '@capstan/sdk/contract';
import { parseMode, modes } from '../project/mode.ts';
import { ago } from '../render/ago.ts';
import { dollars, plural } from '../render/amounts.ts';
import { budgetWords } from '../render/budget-words.ts';
import { renderDiff } from '../render/diff.ts';
import { fit, table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { keptSession } from '../run/find-session.ts';
import { tryGit } from '../run/git.ts';
import { budgetOf } from '../run/run-settings.ts';
import { sessionFacts } from '../run/session-facts.ts';
import type { Stepped } from './conversation.ts';
import type { Desk } from './desk.ts';

/** A command typed with a slash. */
export interface SlashCommand {
  readonly name: string;
  readonly about: string;
  /** What may follow, for the help. */
  readonly takes?: string;
  readonly choices?: readonly string[];
  readonly run: (desk: Desk, words: string) => void | Promise<void>;
}

/** Every command, in the order the help shows them. */
export const slashCommands: readonly SlashCommand[] = [
  { name: 'help', about: 'show commands and keys', run: (desk) => desk.show(help()) },
  { name: 'status', about: 'model, mode, budget, session, changes', run: status },
  { name: 'model', about: 'answer with another model', takes: 'vendor/name', run: model },
  {
    name: 'approvals',
    about: 'what may be done without asking',
    takes: modes.join('|'),
    choices: modes,
    run: approvals,
  },
  { name: 'budget', about: 'limits of a turn', takes: '0.50 | none', run: budget },
  { name: 'diff', about: 'what is changed since the last commit', run: diff },
  { name: 'patches', about: 'changes that can be taken back', run: patches },
  {
    name: 'undo',
    about: 'take the last turn back, files and words',
    run: (desk) => stepped(desk, 'Taken back', desk.conversation.undo()),
  },
  {
    name: 'redo',
    about: 'do again what was taken back',
    run: (desk) => stepped(desk, 'Done again', desk.conversation.redo()),
  },
  { name: 'tools', about: 'what the agent can do', run: tools },
  { name: 'sessions', about: 'what was talked about here', run: sessions },
  { name: 'resume', about: 'go on with another session', takes: 'session', run: resume },
  { name: 'fork', about: 'go on in a copy of this conversation', run: fork },
  { name: 'review', about: 'review what is changed', run: (desk) => desk.send(reviewTask) },
  { name: 'clear', about: 'start over with nothing said', run: clear },
  { name: 'quit', about: 'leave', run: (desk) => desk.quit() },
];

const reviewTask = `Review the changes in this repository that are not committed (use git diff HEAD). Change nothing. Report only what matters, the worst first, each with file, line, what goes wrong and how to mend it. Say plainly if you find nothing.`;

/** Runs a line that begins with a slash. A mistake is a line on the screen. */
export async function runSlash(line: string, desk: Desk): Promise<void> {
  const [, name = '', words = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const command = slashCommands.find((each) => each.name === name) ?? onlyMatch(name);
  if (!command) return desk.note(`There is no command /${name}. Type /help to see them.`);
  try {
    await command.run(desk, words.trim());
  } catch (cause) {
    desk.note(isCapstanError(cause) || cause instanceof Error ? cause.message : String(cause));
  }
}

function onlyMatch(name: string): SlashCommand | undefined {
  const matches = name === '' ? [] : slashCommands.filter((each) => each.name.startsWith(name));
  return matches.length === 1 ? matches[0] : undefined;
}

function help(): string {
  const rows = slashCommands.map(({ name, about, takes }) => [
    `  /${name}${takes === undefined ? '' : ` ${takes}`}`,
    about,
  ]);
  return `${table(rows)}
  !command    run it in your shell; its output goes along with your next message
  @path       complete a file name
  Enter       send; while it works: steer it
  Alt-Enter   new line
  Esc         stop what is under way, and keep what was done
  Shift-Tab   next mode
  Ctrl-O      fold or unfold output and diffs
  Ctrl-C      clear the input; twice: leave
`;
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

async function model(desk: Desk, words: string): Promise<void> {
  if (words === '')
    return desk.show(`${desk.conversation.parts.model.id}\nAnother: /model vendor/name. "capstan models" lists them.`);
  desk.conversation.parts.model = await desk.openModel(words);
  desk.note(`Now ${desk.conversation.parts.model.id} answers.`);
}

function approvals(desk: Desk, words: string): void {
  if (words === '') return desk.show(`${desk.conversation.parts.mode}; the modes are ${modes.join(', ')}.`);
  desk.setMode(parseMode(words));
}

function budget(desk: Desk, words: string): void {
  const { parts } = desk.conversation;
  if (words !== '') {
    const { costUsd: _, ...others } = parts.budget;
    parts.budget = words === 'none' ? others : { ...others, ...budgetOf({ budgetUsd: words }) };
  }
  desk.show(`A turn may spend: ${budgetWords(parts.budget)}.`);
}

function diff(desk: Desk): void {
  const text = tryGit(desk.conversation.parts.worktree.root, ['diff', '--no-ext-diff', '--no-textconv', 'HEAD']);
  if (text === undefined) return desk.note('There is no git repository with a commit here. See /patches.');
  desk.show(text.trim() === '' ? 'Nothing is changed.' : renderDiff(text, desk.theme.colour, { maxLines: 400 }));
}

async function patches(desk: Desk): Promise<void> {
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

async function stepped(desk: Desk, words: string, step: Promise<Stepped | undefined>): Promise<void> {
  const done = await step;
  if (!done) return desk.note('There is nothing to do.');
  desk.note(`${words}: ${done.files.length === 0 ? 'no files' : [...new Set(done.files)].join(', ')}, and the words.`);
}

function tools(desk: Desk): void {
  const rows = desk.conversation.parts.tools.map(({ name, description }) => [
    name,
    fit(description.replace(/\s+/g, ' '), 80),
  ]);
  desk.show(table(rows));
}

async function sessions(desk: Desk): Promise<void> {
  const { store } = desk.conversation.parts;
  const kept = await store.list({ limit: 15 });
  const rows = await Promise.all(
    kept.map(async ({ sessionId, updatedAt }) => {
      const { title, runs } = sessionFacts(await store.read(sessionId));
      return [
        sessionId,
        ago(Date.now() - updatedAt),
        plural(runs, 'turn'),
        fit(plainText(title).replace(/\s+/g, ' '), 60),
      ];
    }),
  );
  desk.show(rows.length === 0 ? 'No sessions yet.' : `${table(rows)}Go on with one: /resume ID`);
}

async function resume(desk: Desk, words: string): Promise<void> {
  if (words === '') return sessions(desk);
  const { parts } = desk.conversation;
  parts.sessionId = await keptSession(parts.store, words);
  await desk.replay();
}

async function fork(desk: Desk): Promise<void> {
  const left = await desk.conversation.fork();
  desk.note(`In a copy now. The other: /resume ${left}`);
}

function clear(desk: Desk): void {
  desk.conversation.clear();
  desk.wipe();
}
