import type { FileChange } from '@capstan/tools';

/**
 * What to do. A target is `path:line`, `path:line:column`, `path#symbol`, `path#Holder.member`, or a name that only one
 * declaration of the repository has. Paths are relative to the root; lines and columns count from 1, columns in UTF-16
 * units.
 */
export type RefactorRequest =
  | RenameRequest
  | ExtractRequest
  | InlineRequest
  | MoveRequest
  | MoveFileRequest
  | SplitRequest
  | ExportRequest
  | ImportsRequest;

export interface RenameRequest {
  readonly kind: 'rename';
  readonly target: string;
  readonly name: string;
  /** Whether the name is also changed where comments have it as a word. Default false. */
  readonly comments?: boolean;
}

/** TypeScript and JavaScript only, as all kinds but `rename` and `imports` are. */
export interface ExtractRequest {
  readonly kind: 'extract';
  readonly path: string;
  /** Where the code begins and where it ends; the end lies behind its last character. */
  readonly from: FilePosition;
  readonly to: FilePosition;
  readonly name: string;
  readonly what: 'function' | 'variable';
}

export interface FilePosition {
  readonly line: number;
  readonly column: number;
}

/** Puts a variable or function in where it is used and takes its declaration away. */
export interface InlineRequest {
  readonly kind: 'inline';
  readonly target: string;
}

/** Moves a declaration of the top of a file into another file, which is made if need be. */
export interface MoveRequest {
  readonly kind: 'move';
  readonly target: string;
  readonly to: string;
}

/** Moves a file and brings all that import it up to date. */
export interface MoveFileRequest {
  readonly kind: 'move-file';
  readonly from: string;
  readonly to: string;
}

/**
 * Gives each exported declaration of a file a file of its own beside it, with what only it uses; what several use and
 * the declaration that the file is named after stay.
 */
export interface SplitRequest {
  readonly kind: 'split';
  readonly path: string;
}

/** Makes the default export of a file a named one, or a named one its default. */
export interface ExportRequest {
  readonly kind: 'export';
  /** A file for `named`, a declaration for `default`. */
  readonly target: string;
  readonly to: 'named' | 'default';
}

/** Sorts imports and takes those away that nothing uses. */
export interface ImportsRequest {
  readonly kind: 'imports';
  /** Default: every source file. */
  readonly paths?: readonly string[];
}

/** A finished change, not yet made. Plain data. */
export interface RefactorPlan {
  readonly kind: RefactorRequest['kind'];
  /** In one line for a person, for example `rename load to read: 7 places in 3 files`. */
  readonly summary: string;
  /** Ready for `worktree.change`; each is refused there if its file is another by now. */
  readonly changes: readonly FileChange[];
  readonly files: readonly PlannedFile[];
  /** Unified; empty when there is nothing to do. */
  readonly diff: string;
  /** What the change leaves as it is and a person may want to look at. */
  readonly warnings: readonly string[];
  /** How it was found to be sound, for example `no new type errors in 120 files of 2 projects`. */
  readonly checked: readonly string[];
}

export interface PlannedFile {
  readonly path: string;
  readonly change: 'create' | 'modify' | 'delete' | 'move';
  /** Where a moved file was. */
  readonly from?: string;
  /** Places that are changed in it. */
  readonly places: number;
}
