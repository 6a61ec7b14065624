import type { Program } from '../program.ts';
import { developmentPrograms } from './development.ts';
import { git } from './git.ts';
import { networkPrograms } from './network.ts';
import { systemPrograms } from './system.ts';
import { textPrograms } from './text.ts';

const programs: ReadonlyMap<string, Program> = new Map(
  Object.entries<Program>({
    ...systemPrograms,
    ...developmentPrograms,
    ...networkPrograms,
    ...textPrograms,
    git,
    egrep: textPrograms['grep'] ?? {},
    fgrep: textPrograms['grep'] ?? {},
    ggrep: textPrograms['grep'] ?? {},
    fdfind: textPrograms['fd'] ?? {},
    batcat: textPrograms['bat'] ?? {},
  }),
);

/** Gives what is known of a program by its name. */
export function programNamed(name: string): Program | undefined {
  return programs.get(name);
}
