import { cleanEnvironment } from '../environment.ts';
import type { ProcessEnd, ProcessLimits } from '../process-options.ts';
import { startProcess } from '../spawn.ts';
import { openSandbox } from './open-sandbox.ts';
import type { SandboxOptions } from './plan-sandbox.ts';
import type { Sandbox } from './sandbox.ts';

export interface SandboxedCommand {
  /** Absolute root of the work tree, links followed. */
  readonly root: string;
  /** Program and words; no shell reads them. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute. Default: the root. */
  readonly cwd?: string;
  /** Environment to clean of keys and hand on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: the work tree may be written, no network. */
  readonly sandbox?: SandboxOptions;
  /** Time, memory, processor time, processes. Default: 2,048 processes. */
  readonly limits?: ProcessLimits;
  readonly onOutput: (chunk: Buffer) => void;
  readonly signal?: AbortSignal;
}

export interface SandboxedEnd extends ProcessEnd {
  readonly engine: Sandbox['engine'];
}

/**
 * Runs one command confined: what `capstan sandbox run` does.
 *
 * @throws {CapstanError} `sandbox_unavailable` before anything is run, if the machine has no sandbox that holds;
 *   `not_found` for a program or folder that is missing; `aborted`.
 */
export async function runSandboxed(command: SandboxedCommand): Promise<SandboxedEnd> {
  const {
    root,
    argv,
    cwd = root,
    env,
    sandbox: wanted = { level: 'workspace-write' },
    limits = { processes: 2_048 },
    onOutput,
    signal,
  } = command;
  const sandbox = await openSandbox(root, wanted);
  const entry = sandbox.enter(cwd);
  try {
    const job = await startProcess({
      argv: entry.wrap(argv),
      cwd,
      env: cleanEnvironment(env, { add: entry.env }),
      output: 'merged',
      onOutput,
      limits,
      files: entry.files,
      ...(signal ? { signal } : {}),
    });
    return { ...(await job.ended), engine: sandbox.engine };
  } finally {
    entry.leave();
    sandbox.close();
  }
}
