import type { ExitCode } from './exit-code.ts';

/** What `--json` prints, once, on stdout: one line for every command, also when it failed. */
export interface Envelope {
  /** True when the exit code is 0. */
  readonly ok: boolean;
  /** The command with its sub-command, for example `patch list`. */
  readonly cmd: string;
  /** Version of the command line. */
  readonly version: string;
  readonly duration_ms: number;
  /** What the command gives; `{ error: { code, message } }` when it failed before it could give anything. */
  readonly payload: unknown;
  /** Facts about the call itself, `exit` among them. */
  readonly meta: Readonly<Record<string, unknown>> & { readonly exit: ExitCode };
}

/** What a command gives back: data for programs, words for people. */
export interface Outcome {
  readonly payload: unknown;
  /** Printed on stdout without `--json`; a missing newline at its end is added. */
  readonly text?: string;
  /** Default 0. */
  readonly exit?: ExitCode;
  readonly meta?: Readonly<Record<string, unknown>>;
}
