import type { Readable } from 'node:stream';

/** A signal that asks the program to end, or the loss of whoever reads its output. */
export type Interrupt = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

/** Everything of the outer world that commands touch, so that a test can give them another one. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute folder the program was started in. */
  readonly cwd: string;
  readonly stdin: Readable;
  /** What stdin is: a person's terminal, a pipe or file that holds data, or nothing to read. */
  readonly input: 'terminal' | 'pipe' | 'file' | 'none';
  /** True when stdout shows on a terminal. */
  readonly outIsTerminal: boolean;
  /** True when stderr shows on a terminal. */
  readonly errIsTerminal: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: () => number;
  /** Writes to stdout; settles when the text has been taken, so a slow reader slows the writer. */
  readonly out: (text: string | Uint8Array) => Promise<void>;
  /** Writes to stderr. */
  readonly err: (text: string | Uint8Array) => Promise<void>;
  /** Settles when all that was written has left the program. */
  readonly flush: () => Promise<void>;
  /**
   * Calls a function at the first interrupt instead of ending the program; a second Ctrl-C or SIGTERM ends it at once.
   * Returns how to give that up.
   */
  readonly onInterrupt: (listener: (interrupt: Interrupt) => void) => () => void;
  /** Milliseconds, only for differences. */
  readonly clock: () => number;
}
