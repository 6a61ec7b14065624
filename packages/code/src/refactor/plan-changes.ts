import type { FileChange } from '@capstan/tools';
import type { PlannedFile } from './refactor-request.ts';
import type { SourceFiles } from './source-files.ts';

/** What a refactor left in the planned files, in words. */
export interface Outcome {
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly checked: readonly string[];
  /** Changed places by path. */
  readonly places: ReadonlyMap<string, number>;
  /** New path of a moved file by its old one. */
  readonly moved?: ReadonlyMap<string, string>;
}

/** Brings planned texts to changes of files, each tied to the content that it was made for. */
export function planChanges(
  files: SourceFiles,
  outcomes: readonly Outcome[],
): { readonly changes: readonly FileChange[]; readonly files: readonly PlannedFile[] } {
  const planned = files.planned();
  const origins = new Map(outcomes.flatMap(({ moved }) => [...(moved ?? [])]).map(([from, to]) => [to, from] as const));
  const places = new Map(outcomes.flatMap((one) => [...one.places]));
  const taken = new Set(origins.values());
  const changes = planned.map(([path, text]): FileChange => {
    const basedOn = files.disk(path)?.hash ?? null;
    if (text === null) return { path, delete: true, basedOn };
    const mark = files.disk(origins.get(path) ?? path)?.mark ?? '';
    return { path, content: mark + text, basedOn };
  });
  const told = planned.flatMap(([path, text]): PlannedFile[] => {
    const from = origins.get(path);
    const count = places.get(path) ?? places.get(from ?? '') ?? (text === null ? 0 : 1);
    if (text === null) return taken.has(path) ? [] : [{ path, change: 'delete', places: count }];
    if (from !== undefined) return [{ path, change: 'move', from, places: count }];
    return [{ path, change: files.disk(path) ? 'modify' : 'create', places: count }];
  });
  return { changes, files: told };
}
