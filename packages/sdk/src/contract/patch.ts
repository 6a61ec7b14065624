/** What changed in a work tree, as one patch that can be rolled back. */
export interface PatchSummary {
  readonly id: string;
  readonly files: readonly PatchedFile[];
  readonly added: number;
  readonly removed: number;
}

export interface PatchedFile {
  /** Relative to the work tree, with forward slashes. */
  readonly path: string;
  readonly change: 'create' | 'modify' | 'delete';
  /** Lines. */
  readonly added: number;
  readonly removed: number;
}
