import type ts from 'typescript-6';
import { refuse } from '../obstacle.ts';
import { applyEdits, inOrder } from '../text-edit.ts';
import { inside } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

/** Changes by path, put together from all projects that gave some. */
export type GatheredEdits = Map<string, { readonly isNew: boolean; readonly changes: Map<string, ts.TextChange> }>;

/** Adds what one project gives. The same change from two projects counts once. */
export function gatherEdits(
  work: ScriptWorkspace,
  given: readonly ts.FileTextChanges[],
  { into, what }: { readonly into: GatheredEdits; readonly what: string },
): void {
  for (const { fileName, textChanges, isNewFile = false } of given) {
    const path = inside(work.files.root, fileName);
    if (path === undefined || path.includes('node_modules/')) {
      return refuse(what, { reason: 'not ours', where: fileName, what: 'it would have to change' });
    }
    if (work.generated.has(path)) refuse(what, { reason: 'generated', where: path, what: 'a tool writes this file' });
    const known = into.get(path) ?? { isNew: isNewFile, changes: new Map<string, ts.TextChange>() };
    into.set(path, known);
    for (const change of textChanges) {
      known.changes.set(`${change.span.start}:${change.span.length}:${change.newText}`, change);
    }
  }
}

/** Puts gathered changes over the files. */
export function putEdits(
  work: ScriptWorkspace,
  gathered: GatheredEdits,
  { what, places }: { readonly what: string; readonly places: Map<string, number> },
): void {
  for (const [path, { isNew, changes }] of gathered) {
    const text = isNew ? '' : (work.files.text(path) ?? '');
    const edits = inOrder(
      [...changes.values()].map(({ span, newText }) => ({
        start: span.start,
        end: span.start + span.length,
        text: newText,
      })),
    );
    if (!edits)
      return refuse(what, { reason: 'unsupported', where: path, what: 'projects would change it in different ways' });
    places.set(path, (places.get(path) ?? 0) + edits.length);
    work.files.put(path, applyEdits(text, edits));
  }
}
