import type { ResourceLimits } from './cage.ts';
import type { SandboxOptions } from './sandbox/plan-sandbox.ts';

/** The part of a work tree that a command needs. */
export interface ShellTree {
  /** Absolute, links followed. */
  readonly root: string;
  /** Resolves a path inside the tree. @throws {CapstanError} `path_outside` for one that leads out. */
  resolve(path: string): string | Promise<string>;
}

/** How the shell tool runs commands. */
export interface ShellOptions {
  /** Milliseconds for a call that names none. Default 120,000. */
  readonly timeoutMs?: number;
  /** Most milliseconds that a call may ask for. Default 1,800,000. */
  readonly maxTimeoutMs?: number;
  /** Milliseconds without any output after which a command is stopped. Default: no limit. */
  readonly idleMs?: number;
  /** Characters of output that the model reads; the rest stays in a file. Default 30,000. */
  readonly maxOutputChars?: number;
  /** Environment to clean and hand on. Default: this process's own, read at each call. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Names kept although they look like a secret. */
  readonly keepEnv?: readonly string[];
  /** Bounds of each command. Default: 2,048 processes, nothing else. */
  readonly limits?: ResourceLimits;
  /** Confines each command; without the means on this machine every call fails. Default: not confined. */
  readonly sandbox?: SandboxOptions;
}
