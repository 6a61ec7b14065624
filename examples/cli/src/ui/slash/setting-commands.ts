import { modes, parseMode } from '../../project/mode.ts';
import { budgetWords } from '../../render/budget-words.ts';
import { budgetOf } from '../../run/run-settings.ts';
import type { Choice } from '../choice-card.ts';
import type { Desk } from '../desk.ts';
import { themeNames, type ThemeName } from '../themes.ts';
import type { SlashCommand } from './slash-command.ts';

/** Commands about how the agent works and how it looks. */
export const settingCommands: readonly SlashCommand[] = [
  { name: 'model', about: 'answer with another model', takes: 'vendor/name', run: model },
  {
    name: 'provider',
    about: 'vendors, and which have a key',
    run: async (desk) => desk.show(await desk.command(['provider', 'list'])),
  },
  {
    name: 'approvals',
    about: 'what may be done without asking',
    takes: modes.join('|'),
    choices: modes,
    anytime: true,
    run: approvals,
  },
  { name: 'policy', about: 'what the rules say of a command', takes: 'command line', anytime: true, run: policy },
  { name: 'budget', about: 'limits of a turn', takes: '0.50 | none', run: budget },
  { name: 'theme', about: 'colours', takes: themeNames.join('|'), choices: themeNames, anytime: true, run: theme },
];

async function model(desk: Desk, words: string): Promise<void> {
  const id = words === '' ? await chooseModel(desk) : words;
  if (id === undefined) return;
  desk.conversation.parts.model = await desk.openModel(id);
  desk.note(`Now ${desk.conversation.parts.model.id} answers.`);
}

interface Listed {
  readonly id: string;
  readonly info?: { readonly contextWindow?: number };
}

/** The models that are known, those of vendors with a key first; any other can be named. */
async function chooseModel(desk: Desk): Promise<string | undefined> {
  const { payload } = JSON.parse(await desk.command(['models', 'list', '--json'])) as {
    readonly payload: { readonly models?: readonly Listed[] };
  };
  const choices: Choice[] = (payload.models ?? []).map(({ id, info: { contextWindow } = {} }) => ({
    value: id,
    label: id,
    ...(contextWindow ? { about: `${Math.round(contextWindow / 1000)}k tokens` } : {}),
  }));
  return desk.choose(`${desk.conversation.parts.model.id} answers. Which is to?`, choices);
}

function approvals(desk: Desk, words: string): void {
  if (words === '') return desk.show(`${desk.conversation.parts.mode}; the modes are ${modes.join(', ')}.`);
  desk.setMode(parseMode(words));
}

async function policy(desk: Desk, words: string): Promise<void> {
  const { mode } = desk.conversation.parts;
  if (words === '') return desk.note('Say a command line: /policy git push --force');
  desk.show(await desk.command(['policy', 'explain', '--mode', mode, '--command', words]));
}

function budget(desk: Desk, words: string): void {
  const { parts } = desk.conversation;
  if (words !== '') {
    const { costUsd: _, ...others } = parts.budget;
    parts.budget = words === 'none' ? others : { ...others, ...budgetOf({ budgetUsd: words }) };
  }
  desk.show(`A turn may spend: ${budgetWords(parts.budget)}.`);
}

async function theme(desk: Desk, words: string): Promise<void> {
  const name =
    words === ''
      ? await desk.choose(
          'Which colours?',
          themeNames.map((each) => ({ value: each, label: each })),
        )
      : words;
  if (name === undefined) return;
  if (!themeNames.includes(name as ThemeName))
    return desk.note(`There is no theme ${name}; there are ${themeNames.join(', ')}.`);
  desk.setTheme(name as ThemeName);
  await desk.command(['config', 'set', 'theme', name]);
}
