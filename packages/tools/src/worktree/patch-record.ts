import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { PatchedFile } from '@capstan/sdk/contract';
import { contentHash } from './file-state.ts';
import type { Entry, FileState } from './file-state.ts';

/** What one entry of the patch log says. */
export interface PatchHead {
  readonly v: 1;
  /** ULID; later records have greater ids. */
  readonly id: string;
  /** A change of the tree, a proposal not applied, or a verdict over earlier patches (`of`). */
  readonly kind: 'change' | 'proposal' | 'apply' | 'rollback' | 'reject';
  /** Unix milliseconds. */
  readonly at: number;
  readonly runId?: string;
  readonly callId?: string;
  readonly label?: string;
  /** The patches that an `apply`, `rollback` or `reject` speaks of. */
  readonly of?: readonly string[];
  /** The record before this one. */
  readonly parent?: string;
  /** SHA-256 of the diff, in hex. */
  readonly hash: string;
  readonly files: readonly PatchedFile[];
  /** The change was made by a program and is only written down; there is nothing to undo when that is cut short. */
  readonly observed?: true;
}

/** A record with all that is needed to do it, undo it or do it again. */
export interface PatchRecord extends PatchHead {
  readonly entries: readonly Entry[];
  /** Folders that did not exist before, relative to the root, outermost first. */
  readonly folders: readonly string[];
  /** Folders that go, if they are empty by then; likewise. */
  readonly removed: readonly string[];
}

interface StateHead {
  readonly kind: FileState['kind'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

interface Stored extends PatchHead {
  readonly folders: readonly string[];
  readonly removed: readonly string[];
  readonly states: readonly { readonly path: string; readonly before?: StateHead; readonly after?: StateHead }[];
}

/** Packs a record: a line of JSON, the compressed contents, and a SHA-256 over both. */
export function packRecord(record: PatchRecord): Buffer {
  const { entries, ...head } = record;
  const contents: Buffer[] = [];
  const stateHead = (state: FileState): StateHead => {
    contents.push(state.bytes);
    const { kind, mode, uid, gid } = state;
    return { kind, mode, uid, gid, size: state.bytes.length };
  };
  const states = entries.map(({ path, before, after }) => ({
    path,
    ...(before ? { before: stateHead(before) } : {}),
    ...(after ? { after: stateHead(after) } : {}),
  }));
  const line = Buffer.from(`${JSON.stringify({ ...head, states } satisfies Stored)}\n`);
  const body = Buffer.concat([line, zstdCompressSync(Buffer.concat(contents))]);
  return Buffer.concat([body, Buffer.from(contentHash(body), 'hex')]);
}

/**
 * Unpacks a record.
 *
 * @returns `undefined` when it is torn: its writer died before it was whole, so it was never acted upon.
 */
export function unpackRecord(packed: Buffer): PatchRecord | undefined {
  const body = packed.subarray(0, Math.max(0, packed.length - 32));
  if (packed.length < 33 || contentHash(body) !== packed.subarray(body.length).toString('hex')) return undefined;
  const end = body.indexOf(10);
  const { states, ...head } = JSON.parse(body.subarray(0, end).toString('utf8')) as Stored;
  const contents = zstdDecompressSync(body.subarray(end + 1));
  let at = 0;
  const state = ({ size, ...rest }: StateHead): FileState => {
    const bytes = contents.subarray(at, at + size);
    at += size;
    return { ...rest, bytes };
  };
  const entries = states.map(({ path, before, after }) => ({
    path,
    ...(before ? { before: state(before) } : {}),
    ...(after ? { after: state(after) } : {}),
  }));
  return { ...head, entries };
}

/** What a record says of itself. */
export function headOf({ entries: _, folders: __, removed: ___, ...head }: PatchRecord): PatchHead {
  return head;
}

/** Reads what a record says of itself; `undefined` when the text is torn. */
export function parseHead(text: string): PatchHead | undefined {
  try {
    const head = JSON.parse(text) as PatchHead;
    return head.v === 1 && Array.isArray(head.files) ? head : undefined;
  } catch {
    return undefined;
  }
}
