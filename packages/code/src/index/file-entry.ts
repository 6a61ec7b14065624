import type { Reading } from '../parse/language.ts';
import type { SkipReason } from './read-content.ts';
import type { Stamp } from './scan-tree.ts';

/** A file that the index knows. */
export interface FileEntry {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly reading: Reading;
  readonly stamp: Stamp;
  /** Names its content; absent when it is left out. */
  readonly key?: string;
  readonly skipped?: SkipReason;
}
