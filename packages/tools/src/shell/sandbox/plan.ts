/** How far a command may reach. `none` confines nothing. */
export type SandboxLevel = 'none' | 'workspace-write' | 'read-only';

/** What a sandbox lets a command touch; all paths absolute, links followed. */
export interface SandboxPlan {
  readonly root: string;
  readonly level: Exclude<SandboxLevel, 'none'>;
  readonly network: boolean;
  readonly unixSockets: boolean;
  /** Further folders that may be written under `workspace-write`. */
  readonly writable: readonly string[];
  /** Read-only though inside a writable folder. */
  readonly protectedPaths: readonly string[];
  /** Of credentials: seen as empty. */
  readonly hiddenFolders: readonly string[];
  readonly hiddenFiles: readonly string[];
  /** Folder that stands in for `/tmp`. */
  readonly scratch: string;
  /** Needed although they lie in a hidden folder: to look up names when the network is on, to find programs. */
  readonly shownPaths: readonly string[];
}
