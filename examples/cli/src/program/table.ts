import type { CommandModule } from '../frame/cli.ts';

/** A command as the program knows it before it is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command, in the order the help shows them. */
export const commands: readonly CommandEntry[] = [
  { name: 'run', summary: 'do a task and end', group: 'Work:', load: () => import('../commands/run.ts') },
  {
    name: 'resume',
    summary: 'go on with a run that waits or was cut off',
    group: 'Work:',
    load: () => import('../commands/resume.ts'),
  },
  {
    name: 'patch',
    summary: 'list, show, apply and take back changes',
    group: 'Changes:',
    load: () => import('../commands/patch.ts'),
  },
  {
    name: 'sessions',
    summary: 'list and show sessions',
    group: 'Changes:',
    load: () => import('../commands/sessions.ts'),
  },
  { name: 'log', summary: 'show the events of a run', group: 'Changes:', load: () => import('../commands/log.ts') },
  {
    name: 'tool',
    summary: 'list, show and run tools without a model',
    group: 'Parts:',
    load: () => import('../commands/tool.ts'),
  },
  {
    name: 'policy',
    summary: 'judge commands, paths and addresses',
    group: 'Parts:',
    load: () => import('../commands/policy.ts'),
  },
];
