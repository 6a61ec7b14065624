import { flag, list, object, oneOf, orNull, text, whole, type Shape } from './shape.ts';

const kinds = ['rename', 'extract', 'inline', 'move', 'move-file', 'split', 'export', 'imports'] as const;

/** What every kind of `refactor` gives. */
export const refactorPayloads: Readonly<Record<string, Shape>> = Object.fromEntries(
  kinds.map((kind) => [
    `refactor ${kind}`,
    object({
      kind: oneOf(kind),
      summary: text,
      state: oneOf('applied', 'taken back', 'would change', 'nothing to do'),
      id: orNull(text),
      files: list(
        object({ path: text, change: oneOf('create', 'modify', 'delete', 'move'), 'from?': text, places: whole }),
      ),
      added: whole,
      removed: whole,
      diff: text,
      warnings: list(text),
      checked: list(text),
      'lint?': list(object({ check: text, file: text, 'line?': whole, message: text })),
      'tests?': object({ passed: flag, total: whole, failed: whole }),
      dryRun: flag,
    }),
  ]),
);
