import type { Writable } from 'node:stream';
import type { ResourceLimits } from './cage.ts';
import { cleanEnvironment } from './environment.ts';
import type { ProcessEnd } from './process-options.ts';
import { openSandbox } from './sandbox/open-sandbox.ts';
import type { SandboxOptions } from './sandbox/plan-sandbox.ts';
import { startProcess } from './spawn.ts';

/** A program that is spoken to while it runs, such as a language server. */
export interface PartnerCommand {
  /** Absolute root of the work tree, links followed. */
  readonly root: string;
  /** Program and words; no shell reads them. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd: string;
  /** Environment to clean of keys and hand on. Default: this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Confines it. Default: not confined. */
  readonly sandbox?: SandboxOptions;
  /** Default: 4,096 processes. */
  readonly limits?: ResourceLimits;
  readonly onOutput: (chunk: Buffer, from: 'stdout' | 'stderr') => void;
}

export interface Partner {
  readonly pid: number;
  /** Its standard input. */
  readonly stdin: Writable;
  /** Settles when no process of it is left. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends it and whatever it started. */
  stop(): void;
}

/**
 * Starts a program that is spoken to over its standard input and output. It does not keep this process alive, and is
 * ended with it at the latest.
 *
 * @throws {CapstanError} `not_found` if the program or the folder is missing; `sandbox_unavailable`; `tool_failed` if the
 *   system refuses.
 */
export async function startPartner(command: PartnerCommand): Promise<Partner> {
  const { root, argv, cwd, env = process.env, limits = { processes: 4_096 }, onOutput } = command;
  const sandbox = await openSandbox(root, command.sandbox ?? { level: 'none' });
  const entry = sandbox.enter(cwd);
  const leave = (): void => {
    entry.leave();
    sandbox.close();
  };
  try {
    const { stdin, ...job } = await startProcess({
      argv: entry.wrap(argv),
      cwd,
      env: cleanEnvironment(env, { add: entry.env }),
      output: 'separate',
      onOutput,
      limits,
      files: entry.files,
      partner: true,
      // It stays for hours; what leaves it is found again by its mark when it ends.
      watchMs: 2_000,
    });
    if (!stdin) throw new Error('A partner has a standard input.');
    return { pid: job.pid, stdin, ended: job.ended.finally(leave), stop: job.stop };
  } catch (error) {
    leave();
    throw error;
  }
}
