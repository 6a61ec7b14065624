import { CapstanError } from '@capstan/sdk/contract';
import type { Policy } from '@capstan/policy';

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

/** Makes the policy of a mode for one work tree. */
export async function policyOf(mode: Mode, root: string): Promise<Policy> {
  const policy = await import('@capstan/policy');
  switch (mode) {
    case 'read-only':
      return policy.readOnly({ root });
    case 'suggest':
      return policy.suggest({ root });
    case 'auto-edit':
      return policy.autoEdit({ root });
    case 'full-auto':
      return policy.fullAuto({ root });
    default:
      return mode satisfies never;
  }
}
