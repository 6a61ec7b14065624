import { CapstanError } from '@capstan/sdk/contract';
import type { SandboxOptions } from '@capstan/tools';

/** How far commands are confined, the least first. */
export const sandboxLevels = ['none', 'workspace-write', 'read-only'] as const;

/** Options that say how commands are confined. */
export interface SandboxFlags {
  readonly sandbox?: string;
  readonly network?: boolean;
}

/** Reads how commands are confined; `undefined` when nothing is said. @throws {CapstanError} `invalid_config`. */
export function sandboxOptions({ sandbox, network }: SandboxFlags): SandboxOptions | undefined {
  if (sandbox === undefined) {
    if (!network) return undefined;
    throw new CapstanError('invalid_config', '--network belongs to --sandbox. Without a sandbox the network is open.', {
      where: '--network',
    });
  }
  const level = sandboxLevels.find((each) => each === sandbox);
  if (level) return { level, network: network === true };
  throw new CapstanError('invalid_config', `"${sandbox}" is no sandbox. Choose one of ${sandboxLevels.join(', ')}.`, {
    where: '--sandbox',
  });
}
