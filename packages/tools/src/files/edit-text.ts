/** One search and replacement. */
export interface TextEdit {
  readonly old: string;
  readonly new: string;
  /** Replace every occurrence. Default: exactly one must exist. */
  readonly all?: boolean;
}

/** What became of an edit: the new text, or why not, in words for the model. */
export type EditOutcome = { readonly text: string; readonly count: number } | { readonly refused: string };

/** Replaces `old` by `new` in a text, literally. */
export function editText(text: string, edit: TextEdit): EditOutcome {
  if (edit.old === '') return { refused: 'old is empty. Give the text to replace, or use write for a new file.' };
  const at = occurrences(text, edit.old);
  const [first] = at;
  if (first === undefined) return { refused: 'old is not in the file. Read the file again and copy the text exactly.' };
  if (at.length > 1 && !edit.all) {
    const lines = at.map((index) => lineAt(text, index)).join(', ');
    return { refused: `old is there ${at.length} times (lines ${lines}). Add lines around it, or set all.` };
  }
  return { text: text.split(edit.old).join(edit.new), count: at.length };
}

function occurrences(text: string, part: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found.push(at);
  return found;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
