/** One file of a patch as it was written, not yet compared with any file. */
export type FilePatch = AddFile | RemoveFile | UpdateFile | SearchReplace;

export interface AddFile {
  readonly kind: 'add';
  readonly path: string;
  readonly content: string | Buffer;
  /** Git's mode, when the patch says it. */
  readonly mode?: string;
}

export interface RemoveFile {
  readonly kind: 'delete';
  readonly path: string;
  /** The text that goes with the file, when the patch shows it; another text is not deleted. */
  readonly content?: string;
}

export interface UpdateFile {
  readonly kind: 'update';
  readonly path: string;
  readonly moveTo?: string;
  /** Git's new mode, when the patch changes it. */
  readonly mode?: string;
  readonly hunks: readonly PatchHunk[];
  /** The whole new content, for a binary patch. */
  readonly binary?: Buffer;
}

/** A block as models write it in chat: what to search, what to put there. */
export interface SearchReplace {
  readonly kind: 'replace';
  readonly path: string;
  readonly old: string;
  readonly new: string;
}

/** A place to change, with the lines around it. */
export interface PatchHunk {
  /** Lines that come before the place, the outermost first, as written behind `@@`. */
  readonly anchors: readonly string[];
  /** The first line in the old file, from 1, when the patch has numbers. */
  readonly line?: number;
  readonly lines: readonly HunkLine[];
  /** The patch says that the place is at the end of the file. */
  readonly atEnd?: boolean;
  /** What the patch says of the final line ending before and after. */
  readonly oldUnended?: boolean;
  readonly newUnended?: boolean;
}

export interface HunkLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** What a hunk looks for, as lines with their endings. */
export function oldText(lines: readonly HunkLine[]): string {
  return lines.flatMap((line) => (line.mark === '+' ? [] : [`${line.text}\n`])).join('');
}

/** What a hunk leaves. */
export function newText(lines: readonly HunkLine[]): string {
  return lines.flatMap((line) => (line.mark === '-' ? [] : [`${line.text}\n`])).join('');
}
