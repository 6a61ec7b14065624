import type { CodeIndex } from '../../context/code-index.ts';
import type { Outcome } from '../plan-changes.ts';
import type { SourceFiles } from '../source-files.ts';
import { applyEdits } from '../text-edit.ts';
import { namedFile } from './named-file.ts';
import { organiseGo } from './organise-go.ts';
import { organisePython } from './organise-python.ts';

/** Sorts imports of Python and Go and takes those away that surely nothing uses. */
export function organiseNamed(index: CodeIndex, files: SourceFiles, paths: readonly string[]): Outcome {
  const places = new Map<string, number>();
  const warnings: string[] = [];
  for (const path of paths) {
    const known = /\.(pyi?|go)$/.test(path) ? index.file(path) : undefined;
    const text = known ? files.text(path) : undefined;
    if (!known || text === undefined) continue;
    if (known.broken || files.disk(path)?.sound === false) {
      warnings.push(`${path} left as it is: it cannot be read`);
      continue;
    }
    const file = namedFile(path, text);
    const edits = path.endsWith('.go') ? organiseGo(index, files, file) : organisePython(index, file);
    const after = applyEdits(text, edits);
    if (after === text) continue;
    files.put(path, after);
    places.set(path, edits.length);
  }
  return { summary: places.size === 0 ? '' : 'organise imports', warnings, checked: [], places };
}
