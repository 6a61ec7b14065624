/**
 * What a word of a command line is to the program that gets it.
 *
 * - `text`: nothing is touched because of it.
 * - `read`, `tree`: a file that is read; a folder that is read with all below it.
 * - `write`, `make`, `delete`: a file that is changed, created or removed; `write-tree`, `delete-tree`: with all below it.
 * - `output`: a file that is written, but for `-`, which is the output.
 * - `url`, `host`: what is reached on the network.
 * - `shell`: a line for a shell. `command`: this word and all after it are a command of their own.
 * - `folder`: the command works in this folder.
 * - `name`: a variable. `script`: code of another language, which is not understood.
 * - `revision`: a commit, a path or `commit:path` of git. `setting`: of git. `upload`: data, or a file after `@`.
 * - `filter`: a program of jq.
 * - `ask`: not understood, or never harmless.
 */
export type Role =
  | 'text'
  | 'read'
  | 'tree'
  | 'write'
  | 'make'
  | 'delete'
  | 'delete-tree'
  | 'write-tree'
  | 'output'
  | 'url'
  | 'host'
  | 'shell'
  | 'command'
  | 'folder'
  | 'name'
  | 'script'
  | 'revision'
  | 'setting'
  | 'upload'
  | 'filter'
  | 'ask';

/** What a well-known program does with its words; plain data, so that users can add their own. */
export interface Program {
  /** Roles of the words that are no options, in order; the last repeats. Absent: `text`. Empty: takes none. */
  readonly operands?: string;
  /** Role of the last operand where there are two or more, as in `cp`. */
  readonly last?: Role;
  /** Options without a value that are harmless; `*`: any. An option that is not named is asked about. */
  readonly flags?: string;
  /** Options with a value and the role of it: `-o:write --output:write`. `--name?:role` takes it after `=` only. */
  readonly values?: string;
  /** Options that change the roles of the operands. */
  readonly when?: Readonly<Record<string, string>>;
  /** What is touched in the working folder when no operand is given. */
  readonly bare?: Role;
  /** The first operand names one of these; one that is missing is asked about. */
  readonly sub?: Readonly<Record<string, Program>>;
  /** Runs the repository's own code: `@scripts`. */
  readonly scripts?: true;
  /** Options are whole words after one dash, as in `find` or `go`. */
  readonly dash?: 'long';
  /** Only looks something up at a service that the user has set up, of this name; on the network that is `NAME:443`. */
  readonly asks?: string;
  /** Asked about when an operand holds this, in any case of letters, or is not known. */
  readonly notWith?: string;
  /** Reaches the network. */
  readonly network?: true;
  /** With this option it stays on this machine, and none of `network` and `ask` holds. */
  readonly unless?: string;
  /** Never harmless; the sentence says why. */
  readonly ask?: string;
  /** Changes the machine or a service, not only files: an `unknown` effect unless a subcommand is known. */
  readonly outside?: true;
  /** Denied in every mode; the sentence says why. */
  readonly deny?: string;
}
