import { commandsOf } from '../command/commands-of.ts';
import type { CommandClass } from '../command/command-class.ts';
import type { Effect } from '../effect/effect.ts';
import type { Policy } from './policy.ts';

/** One effect as rules see it. */
export interface Judged {
  readonly effect: Effect;
  /** For `run`: what the command is known to be. Found here, never declared by a tool. */
  readonly classes?: readonly CommandClass[];
  /** Who does it. */
  readonly by: 'tool' | 'command';
  /** What is wrong with this effect in particular, in words. */
  readonly why?: string;
  /** The whole command line behind it, and where it is started. */
  readonly line?: { readonly command: string; readonly cwd: string };
}

/** Takes an effect apart: a command line gives one effect for each command and each thing it touches. */
export function judged(effect: Effect, { roots, home, programs }: Policy): readonly Judged[] {
  if (effect.kind !== 'run') return [{ effect, by: 'tool' }];
  const line = { command: effect.command, cwd: effect.cwd };
  return commandsOf(effect, { roots, ...(home === undefined ? {} : { home }), ...(programs ? { programs } : {}) }).map(
    (item) => ({ ...item, by: 'command', line }),
  );
}
