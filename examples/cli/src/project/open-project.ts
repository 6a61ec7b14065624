import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { CapstanError, type RunStore } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { Cli, GlobalOptions } from '../frame/cli.ts';
import { findRoot } from './find-root.ts';

/** What lies in `.capstan` is this machine's, but for what a team shares. */
const ignoreFile = `# Written by capstan: what is private stays out of version control.
*
!config.json
!policy.json
!playbook.md
!recipes/
!recipes/**
!commands/
!commands/**
!agents/
!agents/**
!prompts/
!prompts/**
!skills/
!skills/**
`;

/** Finds the root to work in: `--cwd` as it is, else the repository around the current folder. */
export function rootOf(cli: Cli, globals: GlobalOptions): string {
  if (globals.cwd === undefined) return findRoot(cli.io.cwd, { home: homeOf(cli) });
  const folder = resolve(cli.io.cwd, globals.cwd);
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) return folder;
  throw new CapstanError('invalid_config', `There is no folder ${folder}. Give --cwd a folder that exists.`, {
    where: '--cwd',
  });
}

/** The user's home folder. */
export function homeOf(cli: Cli): string {
  return cli.io.env['HOME'] ?? homedir();
}

/** Opens the work tree; a change that was cut off by a crash is settled by that. */
export async function openTree(root: string): Promise<Worktree> {
  const { openWorktree } = await import('@capstan/tools');
  return openWorktree(root);
}

/** Opens the store of a root's sessions, `.capstan/capstan.db`. The caller closes it. */
export async function openStore(root: string): Promise<RunStore> {
  prepareFolder(root);
  const { sqliteStore } = await import('@capstan/sdk/sqlite');
  return sqliteStore(join(root, '.capstan', 'capstan.db'));
}

/** Opens the store for a look: where none was kept, an empty one, and nothing is made. The caller closes it. */
export async function openKeptStore(root: string): Promise<RunStore> {
  if (existsSync(join(root, '.capstan', 'capstan.db'))) return openStore(root);
  const { memoryStore } = await import('@capstan/sdk');
  return memoryStore();
}

/** Makes `.capstan` with its ignore file, once. */
export function prepareFolder(root: string): void {
  const folder = join(root, '.capstan');
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, '.gitignore'), ignoreFile, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new CapstanError(
      'store_failed',
      `Cannot write in ${folder}. Make the folder writable for you.`,
      { where: folder },
      { cause },
    );
  }
}
