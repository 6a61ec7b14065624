import { CapstanError } from '@capstan/sdk/contract';

/** The approval modes, strictest first. */
export const modes = ['read-only', 'suggest', 'auto-edit', 'full-auto'] as const;

export type Mode = (typeof modes)[number];

/** Reads a mode's name. @throws {CapstanError} `invalid_config` for any other word. */
export function parseMode(name: string): Mode {
  const mode = modes.find((known) => known === name);
  if (mode) return mode;
  throw new CapstanError('invalid_config', `"${name}" is not a mode. Choose one of ${modes.join(', ')}.`, {
    where: '--mode',
  });
}
