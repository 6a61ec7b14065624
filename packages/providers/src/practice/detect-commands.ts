/** The commands of a repository that the practice model may run. */
export interface Commands {
  readonly test?: string;
  readonly bench?: string;
}

/** A command that would wait for changes instead of coming to an end. */
const watches = /\s(--watch(All)?|-w)(?=\s|=true|$)/;

/**
 * Tells how a repository's tests and benchmark are run, from its `package.json` and the names in its root folder.
 *
 * @param manifest The text of `package.json`, if it could be read.
 * @param listing The root folder, one entry a line, as the `list` tool gives it.
 */
export function detectCommands(manifest: string | undefined, listing: string): Commands {
  const { scripts, packageManager } = parseManifest(manifest);
  const manager = managerOf(packageManager, listing);
  const test = scripts['test'];
  const real = test !== undefined && test.trim() !== '' && !/no test specified/i.test(test) && !watches.test(test);
  const bench = ['bench', 'benchmark'].find((name) => scripts[name]);
  return {
    ...(real ? { test: `${manager} test` } : {}),
    ...(bench ? { bench: `${manager} run ${bench}` } : {}),
  };
}

interface Manifest {
  readonly scripts: { readonly [name: string]: string | undefined };
  readonly packageManager: string;
}

function parseManifest(text: string | undefined): Manifest {
  try {
    const value: unknown = JSON.parse((text ?? '').replace(/^\uFEFF/, ''));
    if (typeof value !== 'object' || value === null) return { scripts: {}, packageManager: '' };
    const { scripts, packageManager } = value as { scripts?: unknown; packageManager?: unknown };
    const entries = typeof scripts === 'object' && scripts !== null ? Object.entries(scripts) : [];
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return {
      scripts: Object.fromEntries(texts),
      packageManager: typeof packageManager === 'string' ? packageManager : '',
    };
  } catch {
    return { scripts: {}, packageManager: '' };
  }
}

function managerOf(packageManager: string, listing: string): string {
  const named = /^(npm|pnpm|yarn|bun)\b/.exec(packageManager)?.[1];
  if (named) return named === 'bun' ? 'bun run' : named;
  if (/^pnpm-lock\.yaml\b/m.test(listing)) return 'pnpm';
  if (/^yarn\.lock\b/m.test(listing)) return 'yarn';
  return /^bun\.lockb?\b/m.test(listing) ? 'bun run' : 'npm';
}
