import type { PastChange } from '@capstan/code';
import type { StudyTools } from './study.ts';

/** What is known of a folder without a model. */
export interface FolderFacts {
  /** Empty: the whole repository. */
  readonly path: string;
  readonly files: number;
  readonly lines: number;
  /** Files by language; those of none are `text`. */
  readonly languages: Readonly<Record<string, number>>;
  /** Files by what they are for. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Its source files, those that most others import first. */
  readonly central: readonly { readonly path: string; readonly lines: number; readonly importedBy: number }[];
  /** Heads of what the most used files declare. */
  readonly map: string;
  readonly history: readonly PastChange[];
}

const shownFiles = 12;
const mapTokens = 1200;

/** Gathers what is known of a folder; the root is the repository. */
export async function folderFacts({ index, readable, root }: StudyTools, path: string): Promise<FolderFacts> {
  const { placeHistory } = await import('@capstan/code');
  const inside = (file: string): boolean => (path === '' || file.startsWith(`${path}/`)) && readable(file);
  const files = index.files().filter((one) => inside(one.path));
  const central = files
    .filter(({ kind }) => kind === 'source')
    .map((one) => ({ path: one.path, lines: one.lines, importedBy: index.importersOf(one.path).length }))
    .toSorted((one, other) => other.importedBy - one.importedBy || other.lines - one.lines);
  return {
    path,
    files: files.length,
    lines: files.reduce((sum, one) => sum + one.lines, 0),
    languages: counted(files.map(({ language }) => language ?? 'text')),
    kinds: counted(files.map(({ kind }) => kind)),
    central: central.slice(0, shownFiles),
    map: await index.repoMap({ tokens: mapTokens, mask: inside }),
    history: await placeHistory(root, path, { limit: 8 }),
  };
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
