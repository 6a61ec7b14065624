import { openWorktree } from '@capstan/tools';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchRepository, type ScratchRepository } from '../../context/__fixtures__/scratch-repository.ts';
import { planRefactor, type RefactorOptions } from '../plan-refactor.ts';
import type { RefactorRequest } from '../refactor-request.ts';

type Files = Readonly<Record<string, string>>;

/** What a refactor makes of some files: those that changed, as they are by then; `undefined` for one that is gone. */
export async function planned(
  files: Files,
  request: RefactorRequest,
  options: RefactorOptions = {},
): Promise<Readonly<Record<string, string | undefined>>> {
  using repository = scratchRepository(withManifest(files));
  return await applied(repository, request, options);
}

/** Plans and makes a refactor in a repository. */
export async function applied(
  { root }: ScratchRepository,
  request: RefactorRequest,
  options: RefactorOptions = {},
): Promise<Readonly<Record<string, string | undefined>>> {
  const plan = await planRefactor(root, request, options);
  const tree = await openWorktree(root);
  try {
    await tree.change(plan.changes);
  } finally {
    tree.close();
  }
  return Object.fromEntries(plan.changes.map((one) => [one.path, 'delete' in one ? undefined : readFileSync(join(root, one.path), 'utf8')]));
}

/** Says why a refactor is refused; fails when it is not. */
export async function refusal(files: Files, request: RefactorRequest, options: RefactorOptions = {}): Promise<string> {
  using repository = scratchRepository(withManifest(files));
  try {
    await planRefactor(repository.root, request, options);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${String(error.code)} ${error.message}`;
    throw error;
  }
  throw new Error('it was not refused');
}

function withManifest(files: Files): Files {
  return { 'package.json': '{ "private": true }\n', ...files };
}
