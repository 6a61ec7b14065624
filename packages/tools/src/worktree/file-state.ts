import { createHash } from 'node:crypto';

/** A file or a symbolic link as it is on disk, whole. */
export interface FileState {
  readonly kind: 'file' | 'link';
  /** The content, or the target of the link. */
  readonly bytes: Buffer;
  /** Permission bits, for example `0o644`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** One path of a change: what is there before and after; absent where nothing is. */
export interface Entry {
  /** Relative to the root with forward slashes. */
  readonly path: string;
  readonly before?: FileState;
  readonly after?: FileState;
}

/** SHA-256 of bytes in hex: how the work tree tells contents apart. */
export function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Tells whether two states hold the same bytes with the same kind and mode. */
export function sameState(a: FileState | undefined, b: FileState | undefined): boolean {
  if (!a || !b) return a === b;
  return a.kind === b.kind && (a.kind === 'link' || a.mode === b.mode) && a.bytes.equals(b.bytes);
}

/** Tells whether two states hold the same content, whatever their mode. */
export function sameContent(a: FileState | undefined, b: FileState | undefined): boolean {
  if (!a || !b) return a === b;
  return a.kind === b.kind && a.bytes.equals(b.bytes);
}

/** How a path changed. */
export function changeOf(entry: Entry): 'create' | 'modify' | 'delete' {
  if (!entry.before) return 'create';
  return entry.after ? 'modify' : 'delete';
}
