import { execFile, execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openWorktree } from '../worktree/worktree.ts';
import { gitWorktrees } from './git-worktrees.ts';

const script = fileURLToPath(new URL('./__fixtures__/mortal-experiment.ts', import.meta.url));

function repository() {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-kill-')));
  const [root, folder] = [join(base, 'repo'), join(base, 'trials')];
  mkdirSync(root);
  mkdirSync(folder);
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words], {
      cwd: root,
      encoding: 'utf8',
    });
  git('init', '-q');
  writeFileSync(join(root, 'a.txt'), 'old\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'start');
  writeFileSync(join(root, 'dirty.txt'), 'not committed\n');
  return { base, root, folder, git };
}

interface Played {
  readonly signal: string | undefined;
  readonly stdout: string;
}

function play({ root, folder }: ReturnType<typeof repository>, at: number): Promise<Played> {
  const flags = ['--conditions=@capstan/source', '--disable-warning=ExperimentalWarning'];
  return new Promise((settle) => {
    execFile(process.execPath, [...flags, script, root, folder, String(at)], (error, stdout) => {
      settle({ signal: error?.signal ?? undefined, stdout });
    });
  });
}

/** Kills an experiment at a step, looks at what is left, and gives the content of the file that candidates change. */
async function killedAt(at: number): Promise<string | undefined> {
  const place = repository();
  expect((await play(place, at)).signal, `step ${at}`).toBe('SIGKILL');
  const main = await openWorktree(place.root);
  const tree = treeOf(place.root);
  expect([before, after], `step ${at}`).toContainEqual(tree);
  const workspaces = await gitWorktrees(main, { folder: place.folder });
  expect(place.git('worktree', 'list').trim().split('\n'), `step ${at}`).toHaveLength(1);
  expect(readdirSync(place.folder), `step ${at}`).toEqual([]);
  await workspaces.close();
  main.close();
  rmSync(place.base, { recursive: true });
  return tree['a.txt'];
}

/** The main tree, our own folder left out. */
function treeOf(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^\.(git|capstan)/.test(name),
  );
  const texts = names.map((name) => [
    name,
    statSync(join(root, name)).isDirectory() ? 'folder' : readFileSync(join(root, name), 'utf8'),
  ]);
  return Object.fromEntries(texts);
}

const before = { 'a.txt': 'old\n', 'dirty.txt': 'not committed\n' };
const after = { 'a.txt': 'new\n', 'dirty.txt': 'not committed\n', made: 'folder', 'made/short.txt': 'new\n' };

test(
  'killed at any step, an experiment leaves the main tree unchanged or complete, and the next start clears up',
  { timeout: 300_000 },
  async () => {
    const whole = repository();
    const { winner, steps = 0 } = JSON.parse((await play(whole, -1)).stdout || '{}') as {
      winner?: string;
      steps?: number;
    };
    expect(winner).toBe('short');
    expect(treeOf(whole.root)).toEqual(after);
    rmSync(whole.base, { recursive: true });
    // The last steps are those of the winner's patch; before them two are enough.
    const early = [1, 2].map((part) => Math.floor((part * (steps - 9)) / 3));
    const late = [8, 6, 5, 4, 2].map((back) => steps - back);
    const seen = new Set<string | undefined>();
    for (const points of [early, late]) {
      for (const text of await Promise.all(points.map(killedAt))) seen.add(text);
    }
    expect(seen).toEqual(new Set(['old\n', 'new\n']));
  },
);
