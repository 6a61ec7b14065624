import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { Command } from 'commander';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import type { FileChange, Worktree } from '@capstan/tools';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { diffRows } from '../render/diff-rows.ts';
import { plainText } from '../render/plain-text.ts';

interface Flags {
  readonly apply?: boolean;
  readonly label?: string;
  readonly dryRun?: boolean;
}

const help = `
Examples:
  git diff other-branch | capstan patch create -      keep it as a patch, to be looked at and applied
  capstan patch create fix.diff --apply               and apply it`;

/** `capstan patch create`: keeps a diff as a patch that can be looked at, applied, turned down and taken back. */
export function createCommand(cli: Cli): Command {
  const create = withGlobals(new Command('create'))
    .description('Keep a diff as a proposed patch: unified, Begin Patch, or search and replace')
    .argument('<file>', 'the diff; "-" reads stdin')
    .option('--apply', 'apply it at once')
    .option('--label <text>', 'a word on where it comes from')
    .option('--dry-run', 'say what it would change')
    .addHelpText('after', help);
  return create.action(async (file: string, flags: Flags) => {
    const text = await diffText(cli, file);
    const tree = await openTree(rootOf(cli, globalsOf(cli, create)));
    try {
      const kept = await keep(tree, text, flags);
      const { id, state, paths, added, removed } = kept;
      const head = `${state}${id === null ? '' : ` ${id}`}  +${added} -${removed}`;
      cli.finish('patch create', {
        payload: { ...kept, dryRun: flags.dryRun === true },
        text: [head, ...paths.map((path) => `  ${plainText(path)}`)].join('\n'),
      });
    } finally {
      tree.close();
    }
  });
}

async function diffText(cli: Cli, file: string): Promise<string> {
  if (file === '-') return readText(cli.io.stdin);
  const path = resolve(cli.io.cwd, file);
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CapstanError('not_found', `${path} cannot be read.`, { where: path }, { cause });
  }
}

interface Kept {
  /** Absent where nothing was kept. */
  readonly id: string | null;
  readonly state: 'applied' | 'proposed' | 'would change';
  readonly paths: readonly string[];
  readonly added: number;
  readonly removed: number;
}

async function keep(tree: Worktree, text: string, { apply, label, dryRun }: Flags): Promise<Kept> {
  const { patchChanges } = await import('@capstan/tools');
  const origin = label === undefined ? {} : { label };
  try {
    const changes = await patchChanges(tree, text);
    if (dryRun) return counted(changes, await tree.diff(changes), tree.root);
    const { id, files, added, removed } = apply
      ? await tree.change(changes, origin)
      : await tree.patches.propose(changes, origin);
    return { id, state: apply ? 'applied' : 'proposed', paths: files.map(({ path }) => path), added, removed };
  } catch (cause) {
    // What a model would mend is, on the command line, a patch that does not fit.
    if (isCapstanError(cause) && cause.code === 'tool_failed')
      throw new CapstanError('patch_failed', cause.message, cause.details, { cause });
    throw cause;
  }
}

/** Counts what a diff would do, without keeping it. */
function counted(changes: readonly FileChange[], diff: string, root: string): Kept {
  const rows = diffRows(diff);
  return {
    id: null,
    state: 'would change',
    paths: changes.map(({ path }) => relative(root, resolve(root, path))),
    added: rows.filter((row) => row.kind === 'change' && row.right).length,
    removed: rows.filter((row) => row.kind === 'change' && row.left).length,
  };
}
