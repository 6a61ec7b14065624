import { userInfo } from 'node:os';
import { colourOf, type Cli, type GlobalOptions } from '../frame/cli.ts';
import type { Io } from '../frame/io.ts';
import { terminalApprover, yesApprover, type Approver } from './approver.ts';
import type { RunSettings } from './run-settings.ts';

export interface ApproverSources {
  readonly cli: Cli;
  readonly globals: GlobalOptions;
  readonly settings: Pick<RunSettings, 'output' | 'yes'> & { readonly prompts?: boolean };
}

/** Who answers approvals: `--yes`, a person on a terminal, or nobody (`undefined`), and then a run pauses. */
export function approverOf({ cli, globals, settings }: ApproverSources): Approver | undefined {
  const by = personHere(cli.io);
  if (settings.yes) return yesApprover(by);
  const { io } = cli;
  const seen = io.outIsTerminal || io.errIsTerminal;
  const asks = settings.prompts ?? settings.output === 'text';
  if (!asks || io.input !== 'terminal' || !seen) return undefined;
  return terminalApprover({ io, colour: colourOf(cli, globals), by });
}

/** The name of the person at this machine, as approvals are signed with it. */
export function personHere({ env }: Pick<Io, 'env'>): string {
  if (env['USER']) return env['USER'];
  try {
    return userInfo().username;
  } catch {
    return 'user';
  }
}
