import type { ResourceLimits } from '../shell/cage.ts';
import { cleanEnvironment } from '../shell/environment.ts';
import { runProcess, type ProcessResult } from '../shell/run-process.ts';
import { openSandbox } from '../shell/sandbox/open-sandbox.ts';
import type { SandboxOptions } from '../shell/sandbox/plan-sandbox.ts';

/** How tests and checks are run. */
export interface VerifyOptions {
  /** Environment to clean and hand on. Default: this process's own, read at each call. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Confines what is run; default: not confined. */
  readonly sandbox?: SandboxOptions;
  /** Default: 4,096 processes. */
  readonly limits?: ResourceLimits;
  /** Milliseconds. Default 600,000. */
  readonly timeoutMs?: number;
}

interface Confined {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: (options: VerifyOptions) => Record<string, string>;
  /** Absolute folders that it may write besides the work tree. */
  readonly writable?: readonly string[];
}

/** Runs a program of the project, in the sandbox if there is to be one. Its output is kept up to 64 MiB. */
export async function runConfined(
  root: string,
  { argv, cwd, env, writable = [] }: Confined,
  options: VerifyOptions & { signal?: AbortSignal; onOutput?: (chunk: Buffer) => void },
): Promise<ProcessResult> {
  const {
    sandbox: wanted = { level: 'none' },
    limits = { processes: 4_096 },
    timeoutMs = 600_000,
    signal,
    onOutput,
  } = options;
  const sandbox = await openSandbox(root, { ...wanted, writable: [...(wanted.writable ?? []), ...writable] });
  const entry = sandbox.enter(cwd);
  try {
    return await runProcess({
      argv: entry.wrap(argv),
      cwd,
      env: { ...env(options), ...entry.env },
      files: entry.files,
      limits: { ...limits, timeoutMs },
      maxBytes: 64 << 20,
      ...(signal ? { signal } : {}),
      ...(onOutput ? { onOutput } : {}),
    });
  } finally {
    entry.leave();
    sandbox.close();
  }
}

// A runner inside a runner would take itself for one of its workers; colours asked for would be given.
const ofOuterRun =
  /^(VITEST.*|JEST_WORKER_ID|NODE_TEST_CONTEXT|NODE_TEST_WORKER_ID|PYTEST_CURRENT_TEST|PYTEST_XDIST_.*|FORCE_COLOR)$/;

/** Gives a clean environment in which nothing asks, watches or colours. */
export function verifyEnvironment({ env = process.env }: VerifyOptions): Record<string, string> {
  const clean = cleanEnvironment(env, { add: { CI: '1' } });
  return Object.fromEntries(Object.entries(clean).filter(([name]) => !ofOuterRun.test(name)));
}
