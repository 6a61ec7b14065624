import type { FSWatcher } from 'chokidar';
import { basename, relative, sep } from 'node:path';
import { readdirSync } from 'node:fs';
import type { IgnoreRules } from '@capstan/tools';

export interface TreeChangesOptions {
  readonly signal: AbortSignal;
  /** A file beside the tree that counts too: git's log of where HEAD was. */
  readonly also?: string | undefined;
  /** Told when something changed and then nothing for a moment. */
  readonly settled: () => void;
}

/** Changes are taken together that lie no further apart. */
const quietMs = 400;
/** Changes that never pause are taken together for no longer than this. */
const longestMs = 5000;
/** How often the tree is looked at where it cannot be watched. */
const pollMs = 3000;

/** Watches a tree until the signal: what git ignores is left out, and so are the state folders of git and of Capstan. */
export async function watchTree(root: string, { signal, also, settled }: TreeChangesOptions): Promise<void> {
  const [{ watch }, tools] = await Promise.all([import('chokidar'), import('@capstan/tools')]);
  const ignored = ignoredIn(root, tools);
  const timer = { quiet: undefined as NodeJS.Timeout | undefined, since: 0 };
  const poke = () => {
    const now = performance.now();
    if (!timer.quiet) timer.since = now;
    clearTimeout(timer.quiet);
    const wait = Math.max(0, Math.min(quietMs, longestMs - (now - timer.since)));
    timer.quiet = setTimeout(() => {
      timer.quiet = undefined;
      settled();
    }, wait);
  };
  const watcher: FSWatcher = watch(also === undefined ? root : [root, also], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path, stats) => path !== also && ignored(path, stats?.isDirectory() === true),
  });
  const polling = { timer: undefined as NodeJS.Timeout | undefined };
  watcher.on('all', (_, path) => {
    if (/(?:^|[\\/])\.(?:git)?ignore$/.test(path)) ignored.forget();
    poke();
  });
  // A tree of more folders than the system watches is looked at now and then instead.
  watcher.on('error', () => {
    polling.timer ??= setInterval(settled, pollMs);
  });
  const ready = new Promise<void>((done) => watcher.once('ready', done));
  signal.addEventListener('abort', () => {
    clearTimeout(timer.quiet);
    clearInterval(polling.timer);
    void watcher.close();
  });
  await ready;
}

type Tools = Pick<typeof import('@capstan/tools'), 'folderRules' | 'outerRules' | 'isIgnored' | 'isStateFolder'>;

/** Folders that no repository means to have watched, ignored or not. */
const foreign = /^(?:node_modules|bower_components|__pycache__|\.venv|\.hg|\.svn)$/;

function ignoredIn(root: string, { folderRules, outerRules, isIgnored, isStateFolder }: Tools) {
  const known = new Map<string, IgnoreRules | undefined>();
  const rulesOf = (folder: string): IgnoreRules | undefined => {
    if (known.has(folder)) return known.get(folder);
    const parent = folder.replace(/[^/]+\/$/, '');
    const above = folder === '' ? outerRules(root) : rulesOf(parent);
    const rules = folderRules(root, folder, { above, names: namesIn(`${root}/${folder}`) });
    known.set(folder, rules);
    return rules;
  };
  const ignored = (path: string, isFolder: boolean): boolean => {
    const inside = relative(root, path).split(sep).join('/');
    if (inside === '' || inside.startsWith('../')) return false;
    const name = basename(inside);
    if (isStateFolder(name) || foreign.test(name)) return true;
    const folder = inside.slice(0, inside.length - name.length);
    return isIgnored(rulesOf(folder), isFolder ? `${inside}/` : inside);
  };
  return Object.assign(ignored, { forget: () => known.clear() });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
