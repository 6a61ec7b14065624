import { isCapstanError } from '@capstan/sdk/contract';
import { fillPromptCommand, type PromptCommand } from '../../project/prompt-command.ts';
import { table } from '../../render/fit.ts';
import { nearest } from '../../render/nearest.ts';
import type { Desk } from '../desk.ts';
import { lookCommands } from './look-commands.ts';
import { settingCommands } from './setting-commands.ts';
import type { SlashCommand } from './slash-command.ts';
import { talkCommands } from './talk-commands.ts';
import { workCommands } from './work-commands.ts';

/** Every command there is, the user's own among them, in the order the help shows them. */
export function slashCommands(own: readonly PromptCommand[]): readonly SlashCommand[] {
  const built: readonly SlashCommand[] = [
    ...lookCommands,
    ...talkCommands,
    ...settingCommands,
    ...workCommands,
    { name: 'quit', about: 'leave', anytime: true, run: (desk) => desk.quit() },
  ];
  const names = new Set(['help', ...built.map(({ name }) => name)]);
  const all = [...built, ...own.filter(({ name }) => !names.has(name)).map(ownCommand)];
  const help: SlashCommand = {
    name: 'help',
    about: 'show commands and keys',
    anytime: true,
    run: (desk) => desk.show(helpText([help, ...all])),
  };
  return [help, ...all];
}

/** Runs a line that begins with a slash. A mistake is a line on the screen. */
export async function runSlash(
  line: string,
  desk: Desk,
  { commands, working }: { readonly commands: readonly SlashCommand[]; readonly working: boolean },
): Promise<void> {
  const [, name = '', words = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const command = commands.find((each) => each.name === name) ?? onlyMatch(name, commands);
  if (!command) return desk.note(unknown(name, commands));
  if (working && !command.anytime) return desk.note('Wait for the turn to end, or stop it with Esc.');
  try {
    await command.run(desk, words.trim());
  } catch (cause) {
    desk.note(isCapstanError(cause) || cause instanceof Error ? cause.message : String(cause));
  }
}

function ownCommand({ name, description, takes, text }: PromptCommand): SlashCommand {
  return {
    name,
    about: description,
    ...(takes === undefined ? {} : { takes }),
    run: (desk, words) => desk.send(fillPromptCommand(text, words)),
  };
}

function onlyMatch(name: string, commands: readonly SlashCommand[]): SlashCommand | undefined {
  const matches = name === '' ? [] : commands.filter((each) => each.name.startsWith(name));
  return matches.length === 1 ? matches[0] : undefined;
}

function unknown(name: string, commands: readonly SlashCommand[]): string {
  const near = nearest(
    name,
    commands.map((each) => each.name),
  );
  return `There is no command /${name}. ${near === undefined ? 'Type /help to see them.' : `Did you mean /${near}?`}`;
}

function helpText(commands: readonly SlashCommand[]): string {
  const rows = commands.map(({ name, about, takes }) => [`  /${name}${takes === undefined ? '' : ` ${takes}`}`, about]);
  return `${table(rows)}
  !command    run it in your shell; its output goes along with your next message
  @path       complete a file name
  Enter       send; while it works: steer it
  Tab         while it works: send this when the turn has ended
  Alt-Enter   new line
  Ctrl-G      write in your editor ($EDITOR)
  Ctrl-R      search what was typed before
  Ctrl-V      paste a picture; a picture's file can be dropped too
  Esc         stop what is under way, and keep what was done; twice: go back to an earlier message
  Shift-Tab   next mode
  Ctrl-O      fold or unfold output, thoughts and diffs
  F2 … F8     panels: map, tasks, index, agents, patches, tests, logs
  Ctrl-C      clear the input; twice: leave
`;
}
