import { join } from 'node:path';
import { isCapstanError } from '@capstan/sdk/contract';
import type { PatchInfo, PatchOutcome, Patches, Worktree } from '@capstan/tools';

/** A work tree whose patches are those of others too; paths of theirs are whole. */
export function worktreeAcross(main: Worktree, added: readonly Worktree[]): Worktree {
  if (added.length === 0) return main;
  return {
    ...main,
    patches: patchesAcross(main, added),
    close: () => [main, ...added].forEach((tree) => tree.close()),
  };
}

function patchesAcross(main: Worktree, added: readonly Worktree[]): Patches {
  const trees = [main, ...added];
  const of = async (id: string): Promise<Worktree> => {
    for (const tree of added) {
      if ((await tree.patches.list()).some((patch) => patch.id === id)) return tree;
    }
    return main;
  };
  const shown = <T extends PatchInfo | PatchOutcome>(tree: Worktree, patch: T): T =>
    tree === main
      ? patch
      : { ...patch, files: patch.files.map((file) => ({ ...file, path: join(tree.root, file.path) })) };
  const inTree = async <T extends PatchInfo | PatchOutcome>(id: string, act: (patches: Patches) => Promise<T>) => {
    const tree = await of(id);
    return shown(tree, await act(tree.patches));
  };
  return {
    ...main.patches,
    async list() {
      const all = await Promise.all(
        trees.map(async (tree) => (await tree.patches.list()).map((one) => shown(tree, one))),
      );
      return all.flat().toSorted((one, other) => (one.id < other.id ? -1 : 1));
    },
    show: (id) => inTree(id, (patches) => patches.show(id)),
    check: async (id) => (await of(id)).patches.check(id),
    reject: async (id) => (await of(id)).patches.reject(id),
    apply: (id) => inTree(id, (patches) => patches.apply(id)),
    rollback: (id) => inTree(id, (patches) => patches.rollback(id)),
    async rollbackRun(runId) {
      const newest = runId ?? (await this.list()).at(-1)?.runId;
      const done: PatchOutcome[] = [];
      for (const tree of trees) {
        try {
          done.push(shown(tree, await tree.patches.rollbackRun(newest)));
        } catch (cause) {
          if (!isCapstanError(cause) || cause.code !== 'not_found') throw cause;
        }
      }
      const [first] = done;
      if (!first) return main.patches.rollbackRun(newest);
      return {
        ...first,
        files: done.flatMap(({ files }) => files),
        of: done.flatMap((one) => one.of),
        added: done.reduce((sum, one) => sum + one.added, 0),
        removed: done.reduce((sum, one) => sum + one.removed, 0),
      };
    },
  };
}
