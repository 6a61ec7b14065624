import { join } from 'node:path/posix';
import type ts from 'typescript-6';
import type { ScriptService } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';
import { styleOf } from './text-style.ts';

/** One of the language service's own refactors. */
export interface ServiceRefactor {
  readonly path: string;
  readonly span: ts.TextRange;
  readonly refactor: string;
  readonly action: string;
  /** Path of the file that a declaration is moved to. */
  readonly to?: string;
}

export type ServiceEdits = ts.RefactorEditInfo | { readonly why: string | undefined };

/** Asks the language service for the edits of a refactor; gives why when it has none. */
export function serviceEdits(work: ScriptWorkspace, { service }: ScriptService, wanted: ServiceRefactor): ServiceEdits {
  const { typescript, files } = work;
  const { path, span, refactor, action, to } = wanted;
  const { format, preferences } = styleOf(typescript, files.text(path) ?? '');
  const file = join(files.root, path);
  const more = to === undefined ? undefined : { targetFile: join(files.root, to) };
  try {
    const given = service.getEditsForRefactor(file, format, span, refactor, action, preferences, more);
    return given && given.edits.length > 0 ? given : { why: given?.notApplicableReason };
  } catch (error) {
    // The service asserts what it did not expect; the words are of no use to a person.
    if (error instanceof Error && error.message.startsWith('Debug Failure')) return { why: undefined };
    throw error;
  }
}
