/**
 * What one tool call would do to the world, said before it does it.
 *
 * Policy judges effects, never tool names. Paths are absolute, with links already followed by whoever declares them.
 */
export type Effect = ReadEffect | WriteEffect | RunEffect | NetworkEffect | UnknownEffect;

/** Reads a file or lists a folder. */
export interface ReadEffect {
  readonly kind: 'read';
  /** Absolute path, links followed. */
  readonly path: string;
  readonly extent?: Extent;
}

/**
 * How much a path stands for: that `file` or folder itself (default), the whole `tree` below it, or whatever a shell
 * `pattern` matches.
 */
export type Extent = 'file' | 'tree' | 'pattern';

/** Creates, changes or deletes a file. */
export interface WriteEffect {
  readonly kind: 'write';
  /** Absolute path, links followed. */
  readonly path: string;
  readonly extent?: Extent;
  readonly change?: 'create' | 'modify' | 'delete';
  /** Long pieces of what is written that came from outside word for word. */
  readonly copies?: readonly CopiedText[];
}

/** A piece of a written text that was taken over from outside. */
export interface CopiedText {
  /** A URL, a package, a file or the tool that gave it. */
  readonly source: string;
  /** SPDX expression; absent where it is not known. */
  readonly licence?: string;
  /** The licence, or the user, lets it be used. */
  readonly allowed: boolean;
  /** Lines of the written text, from 1, first and last. */
  readonly lines: readonly [number, number];
}

/** Starts a process. */
export interface RunEffect {
  readonly kind: 'run';
  /** The line as a shell reads it, or as shown to people when `argv` is given. */
  readonly command: string;
  /** The exact words when no shell interprets the command. */
  readonly argv?: readonly string[];
  /** Absolute working directory. */
  readonly cwd: string;
}

/** Reaches the network. */
export interface NetworkEffect {
  readonly kind: 'network';
  /** Absolute URL, or `host:port` for other protocols. */
  readonly url: string;
  /** Addresses the host has, where they are known already. */
  readonly addresses?: readonly string[];
  /** The connection goes through `guardedFetch`, which checks the address it connects to. */
  readonly guarded?: true;
}

/** An effect that could not be told beforehand; judged by the policy's `otherwise.unknown`. */
export interface UnknownEffect {
  readonly kind: 'unknown';
  /** What is known, in words. */
  readonly note: string;
}
