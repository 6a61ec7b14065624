import type { SlashCommand } from './slash-command.ts';

const reviewTask = `Review the changes in this repository that are not committed (use git diff HEAD). Change nothing. Report only what matters, the worst first, each with file, line, what goes wrong and how to mend it. Say plainly if you find nothing.`;

/** Commands that do a piece of work. */
export const workCommands: readonly SlashCommand[] = [
  { name: 'review', about: 'review what is changed', run: (desk) => desk.send(reviewTask) },
  {
    name: 'commit',
    about: 'commit what is staged, or all that is tracked, with a message made from the diff',
    takes: '--all',
    choices: ['--all', '--dry-run'],
    run: async (desk, words) => desk.show(await desk.command(['commit', ...words.split(/\s+/).filter(Boolean)])),
  },
  { name: 'init', about: 'make this repository ready', run: async (desk) => desk.show(await desk.command(['init'])) },
];
