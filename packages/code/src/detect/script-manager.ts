import type { Gatherer } from './gather.ts';
import type { Manifest } from './read-manifest.ts';
import { below, type RepositoryFiles } from './repository-files.ts';

/** How a package manager of JavaScript is spoken to. */
export interface ManagerWords {
  readonly install: string;
  /** Installs just what the lock file says. */
  readonly frozen: string;
  readonly run: (script: string) => string;
  readonly exec: (command: string) => string;
}

const managers: Readonly<Record<string, ManagerWords>> = {
  npm: {
    install: 'npm install',
    frozen: 'npm ci',
    run: (script) => (script === 'test' || script === 'start' ? `npm ${script}` : `npm run ${script}`),
    exec: (command) => `npx ${command}`,
  },
  pnpm: {
    install: 'pnpm install',
    frozen: 'pnpm install --frozen-lockfile',
    run: (script) => (script === 'test' || script === 'start' ? `pnpm ${script}` : `pnpm run ${script}`),
    exec: (command) => `pnpm exec ${command}`,
  },
  yarn: {
    install: 'yarn install',
    frozen: 'yarn install --frozen-lockfile',
    run: (script) => `yarn run ${script}`,
    exec: (command) => `yarn ${command}`,
  },
  bun: {
    install: 'bun install',
    frozen: 'bun install --frozen-lockfile',
    run: (script) => `bun run ${script}`,
    exec: (command) => `bunx ${command}`,
  },
};

/** Gives the words of a manager; those of npm for one that is not known. */
export function managerWords(name: string, { berry = false } = {}): ManagerWords {
  const words = managers[name] ?? managers['npm'];
  if (!words) throw new Error('npm is known.');
  return name === 'yarn' && berry ? { ...words, frozen: 'yarn install --immutable' } : words;
}

/** Lock files with their managers. */
export const scriptLocks: Readonly<Record<string, string>> = {
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
};

const signs: Readonly<Record<string, string>> = {
  'pnpm-workspace.yaml': 'pnpm',
  '.pnpmfile.cjs': 'pnpm',
  '.yarnrc.yml': 'yarn',
  '.yarnrc': 'yarn',
  'bunfig.toml': 'bun',
};

/** Finds the manager of a folder: its field in the manifest, lock files, settings, engines. */
export function findManagers(files: RepositoryFiles, folder: string, manifest: Manifest, found: Gatherer): void {
  const { file, value } = manifest;
  const field = typeof value['packageManager'] === 'string' ? value['packageManager'] : '';
  const named = /^(npm|pnpm|yarn|bun)@/.exec(field)?.[1];
  const at = { file, line: manifest.line('packageManager') };
  if (named !== undefined)
    found.add(named, { ...at, weight: 0.97, says: `packageManager is ${field.split('+', 1)[0] ?? ''}` });
  for (const name of files.names(folder)) {
    const path = below(folder, name);
    const locked = scriptLocks[name];
    const signed = signs[name];
    if (locked !== undefined) found.add(locked, { weight: 0.9, file: path, says: `lock file of ${locked}` });
    if (signed !== undefined) found.add(signed, { weight: 0.8, file: path, says: `settings of ${signed}` });
  }
  const engines = value['engines'];
  for (const name of ['pnpm', 'yarn', 'bun'])
    if (typeof engines === 'object' && engines !== null && name in engines)
      found.add(name, { weight: 0.5, file, line: manifest.line('engines', name), says: `engines asks for ${name}` });
}

/** Tells whether yarn is of version 2 or later. */
export function isBerry(files: RepositoryFiles, folder: string, manifest: Manifest): boolean {
  const field = manifest.value['packageManager'];
  if (typeof field === 'string' && /^yarn@[2-9]/.test(field)) return true;
  return files.has(below(folder, '.yarnrc.yml')) || /^__metadata:/m.test(files.text(below(folder, 'yarn.lock')) ?? '');
}
