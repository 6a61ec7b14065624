import { tryGit } from '../git.ts';

/** Files that differ from a commit, those that are not committed and new ones among them; `undefined` without git. */
export function changedFiles(root: string, base: string): string[] | undefined {
  const list = (...words: string[]): string[] | undefined => {
    const text = tryGit(root, ['-c', 'core.quotePath=false', ...words]);
    return text?.split('\0').filter(Boolean);
  };
  const changed = list('diff', '--name-only', '--no-renames', '--relative', '-z', base, '--');
  const fresh = list('ls-files', '--others', '--exclude-standard', '-z');
  return changed && [...new Set([...changed, ...(fresh ?? [])])].toSorted();
}
