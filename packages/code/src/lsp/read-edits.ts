import { pathOf } from './file-uri.ts';
import type { WireRange } from './position.ts';
import { isRecord, listOf, readRange, recordOf } from './replies.ts';

/** One step of what a server wants changed. Paths are absolute. */
export type EditStep =
  | { readonly kind: 'edit'; readonly path: string; readonly version?: number; readonly edits: readonly WireEdit[] }
  | { readonly kind: 'create'; readonly path: string; readonly exists: IfExists }
  | { readonly kind: 'rename'; readonly from: string; readonly path: string; readonly exists: IfExists }
  | { readonly kind: 'delete'; readonly path: string; readonly ignoreMissing: boolean };

export type IfExists = 'refuse' | 'overwrite' | 'ignore';

export interface WireEdit {
  readonly range: WireRange;
  readonly newText: string;
}

/**
 * Reads a `WorkspaceEdit`.
 *
 * @throws {Error} for one that cannot be followed whole: half an edit is worse than none.
 */
export function readWorkspaceEdit(value: unknown): readonly EditStep[] {
  if (value === null || value === undefined) return [];
  if (!isRecord(value)) throw unreadable('is none');
  const { documentChanges, changes } = value;
  if (Array.isArray(documentChanges)) return documentChanges.map(readStep);
  return Object.entries(recordOf(changes)).map(([uri, edits]) => ({
    kind: 'edit',
    path: fileOf(uri),
    edits: listOf(edits).map(readEdit),
  }));
}

function readStep(value: unknown): EditStep {
  const { kind, uri, oldUri, newUri, options, textDocument, edits } = recordOf(value);
  const said = recordOf(options);
  switch (kind) {
    case undefined: {
      const { uri: of, version } = recordOf(textDocument);
      const about = typeof version === 'number' ? { version } : {};
      return { kind: 'edit', path: fileOf(of), ...about, edits: listOf(edits).map(readEdit) };
    }
    case 'create':
      return { kind, path: fileOf(uri), exists: existing(said) };
    case 'rename':
      return { kind, from: fileOf(oldUri), path: fileOf(newUri), exists: existing(said) };
    case 'delete':
      return { kind, path: fileOf(uri), ignoreMissing: said['ignoreIfNotExists'] === true };
    default:
      throw unreadable(`has a step ${JSON.stringify(kind)}`);
  }
}

function existing({ overwrite, ignoreIfExists }: Record<string, unknown>): IfExists {
  if (overwrite === true) return 'overwrite';
  return ignoreIfExists === true ? 'ignore' : 'refuse';
}

function readEdit(value: unknown): WireEdit {
  const { range, newText } = recordOf(value);
  const read = readRange(range);
  if (!read || typeof newText !== 'string') throw unreadable('has an edit without a range or a text');
  return { range: read, newText };
}

function fileOf(uri: unknown): string {
  const path = typeof uri === 'string' ? pathOf(uri) : undefined;
  if (path === undefined) throw unreadable(`speaks of ${JSON.stringify(uri)}, which is no file`);
  return path;
}

function unreadable(why: string): Error {
  return new Error(`What the language server wants changed cannot be followed: it ${why}.`);
}
