import type { SandboxLevel } from './plan.ts';

/** A way to run commands confined. */
export interface Sandbox {
  readonly level: SandboxLevel;
  readonly network: boolean;
  readonly engine: 'none' | 'bubblewrap' | 'seatbelt';
  /** Prepares one command. `leave` must be called when it has ended. */
  enter(cwd: string): SandboxEntry;
  /** Removes the sandbox's own temporary folder. */
  close(): void;
}

/** What one confined command is started with. */
export interface SandboxEntry {
  readonly wrap: (argv: readonly [string, ...string[]]) => [string, ...string[]];
  /** Open files for the child; see `ProcessOptions.files`. */
  readonly files: readonly number[];
  readonly env: Readonly<Record<string, string>>;
  readonly leave: () => void;
}
