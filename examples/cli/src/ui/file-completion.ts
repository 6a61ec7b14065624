import { CombinedAutocompleteProvider, type AutocompleteProvider, type SlashCommand } from '@earendil-works/pi-tui';

/** Most files that are offered. */
const most = 30;

/**
 * Completes slash commands and paths, and after `@` any file of the repository by parts of its name.
 *
 * @param files Gives the files to choose from, relative to the root; asked for at each `@`.
 */
export function fileCompletion(
  commands: SlashCommand[],
  root: string,
  files: () => readonly string[],
): AutocompleteProvider {
  const paths = new CombinedAutocompleteProvider(commands, root);
  return {
    triggerCharacters: ['@'],
    async getSuggestions(lines, cursorLine, cursorCol, options) {
      const [, query] = /(?:^|\s)@(\S*)$/.exec((lines[cursorLine] ?? '').slice(0, cursorCol)) ?? [];
      if (query === undefined) return paths.getSuggestions(lines, cursorLine, cursorCol, options);
      const items = bestFiles(files(), query).map((path) => ({ value: `@${path}`, label: path }));
      return items.length === 0 ? null : { items, prefix: `@${query}` };
    },
    applyCompletion: (...args) => paths.applyCompletion(...args),
    shouldTriggerFileCompletion: (...args) => paths.shouldTriggerFileCompletion(...args),
  };
}

/** Finds the files whose path holds the letters of a query in order; those with the whole word in their name come first. */
export function bestFiles(files: readonly string[], query: string): string[] {
  const wanted = query.toLowerCase();
  const ranked = files.flatMap((path) => {
    const rank = rankOf(path.toLowerCase(), wanted);
    return rank === undefined ? [] : [{ path, rank }];
  });
  ranked.sort((a, b) => a.rank - b.rank || a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
  return ranked.slice(0, most).map(({ path }) => path);
}

function rankOf(path: string, wanted: string): number | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith(wanted)) return 0;
  if (name.includes(wanted)) return 1;
  if (path.includes(wanted)) return 2;
  let at = -1;
  for (const character of wanted) {
    at = path.indexOf(character, at + 1);
    if (at === -1) return undefined;
  }
  return 3;
}
