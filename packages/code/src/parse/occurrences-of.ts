import { goOccurrences } from './go-occurrences.ts';
import type { Reading } from './language.ts';
import type { Occurrence } from './occurrence.ts';
import { pythonOccurrences } from './python-occurrences.ts';
import { scriptOccurrences } from './script-occurrences.ts';

/** Finds every name of a source text with what it means by scope; none for text of other kinds. Never throws. */
export function occurrencesOf(path: string, text: string, reading: Reading): readonly Occurrence[] {
  try {
    switch (reading) {
      case 'typescript':
      case 'javascript':
        return scriptOccurrences(path, text);
      case 'python':
        return pythonOccurrences(text);
      case 'go':
        return goOccurrences(text);
      case 'text':
        return [];
    }
  } catch {
    return [];
  }
}
