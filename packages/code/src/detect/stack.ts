/** What a command of a repository is for. */
export type CommandPurpose = 'install' | 'build' | 'test' | 'typecheck' | 'lint' | 'format' | 'bench' | 'start' | 'dev';

/** Where something stands that speaks for a fact. */
export interface Evidence {
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  /** From 1; absent where the file's being there is the evidence. */
  readonly line?: number;
  /** What it says, in a few words. */
  readonly says: string;
}

/** Something believed of a repository. */
export interface Fact {
  readonly value: string;
  /** From 0 to 1; facts that several places speak for come closer to 1. */
  readonly confidence: number;
  /** The strongest first. */
  readonly evidence: readonly Evidence[];
}

/** A command line that does something for a package. */
export interface StackCommand extends Omit<Fact, 'value'> {
  readonly purpose: CommandPurpose;
  /** For a shell; started in `cwd`. */
  readonly command: string;
  /** Relative to the root; `.` for the root itself. */
  readonly cwd: string;
}

/** What is known of one package. Every list has the surest first. */
export interface StackPackage {
  /** Relative to the root; `.` for the root itself. */
  readonly path: string;
  readonly name?: string;
  /** `member` of a workspace of the repository, or a `separate` package below the root. */
  readonly role: 'root' | 'member' | 'separate';
  readonly languages: readonly Fact[];
  readonly packageManagers: readonly Fact[];
  /** For example `next`, `nest`, `fastapi`; `library` and `cli` for what is no application of a framework. */
  readonly frameworks: readonly Fact[];
  readonly testRunners: readonly Fact[];
  /** Versions that are asked for, for example `node >=22` or `python 3.12`. */
  readonly runtimes: readonly Fact[];
  /** By purpose, the best of each first. */
  readonly commands: readonly StackCommand[];
}

/** A workspace: a tool that knows several packages of the repository. */
export interface Workspace extends Omit<Fact, 'value'> {
  /** For example `pnpm`, `npm`, `yarn`, `turbo`, `nx`, `lerna`, `go`, `cargo`, `uv`. */
  readonly tool: string;
  /** Patterns or folders as they are written; empty for a tool that takes those of another. */
  readonly patterns: readonly string[];
  /** Folders of the packages found, relative to the root. */
  readonly members: readonly string[];
}

/** A command that a workflow runs. */
export interface WorkflowStep {
  readonly workflow: string;
  readonly job: string;
  /** One command of the step, with values of the matrix filled in. */
  readonly command: string;
  /** Relative to the root; `.` for the root itself. */
  readonly cwd: string;
  readonly purposes: readonly CommandPurpose[];
  /** The matrix's variables that the job is run for, with their values. */
  readonly matrix?: Readonly<Record<string, readonly string[]>>;
  readonly file: string;
  readonly line: number;
}

/** Two places that cannot both be right. */
export interface StackConflict {
  /** What they disagree about, for example `package manager`. */
  readonly about: string;
  readonly message: string;
  readonly evidence: readonly Evidence[];
}

/** A file that could not be read in full. */
export interface StackWarning {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

/** What a repository is made with, read from its files; nothing of it was run. */
export interface Stack {
  /** Absolute. */
  readonly root: string;
  /** The root's first when it is a package, then by path. */
  readonly packages: readonly StackPackage[];
  readonly workspaces: readonly Workspace[];
  readonly workflows: readonly WorkflowStep[];
  readonly conflicts: readonly StackConflict[];
  readonly warnings: readonly StackWarning[];
}
