import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileChange, Worktree } from '@capstan/tools';
import { CapstanError } from '@capstan/sdk/contract';

/** What may be written. */
export interface WriteScope {
  /** The one file, relative to the root. */
  readonly path: string;
  /** First and last line, from 1; what stands before and behind them stays as it is. */
  readonly lines?: readonly [number, number] | undefined;
  /** Says of the file as it is and as it would be why that may not be; undefined where it may. */
  readonly refuse?: (before: string, after: string) => string | undefined;
}

/**
 * Makes a work tree in which a part of one file can be changed and nothing else: what goes beyond is refused before it is
 * written, with words for the model that tried.
 *
 * Later changes are held to the file as it was in the beginning, so that the part may grow.
 */
export function scopedTree(worktree: Worktree, scope: WriteScope): Worktree {
  const first = readFileSync(join(worktree.root, scope.path), 'utf8');
  const check = async (changes: readonly FileChange[]): Promise<void> => {
    // The file may be named by a link.
    const { path } = await worktree.locate(scope.path);
    for (const change of changes) checkChange(await judged(worktree, change), first, { ...scope, path });
  };
  return {
    ...worktree,
    async change(changes, origin) {
      await check(changes);
      return worktree.change(changes, origin);
    },
    // What would be refused is refused before anybody is asked.
    async diff(changes) {
      await check(changes);
      return worktree.diff(changes);
    },
    watch: () =>
      Promise.reject(refusal(`Nothing but ${scope.path} may be changed, so no program may run.`, scope.path)),
  };
}

interface JudgedChange {
  readonly path: string;
  /** Undefined where it is no text: a deletion, a link. */
  readonly text?: string;
}

async function judged(worktree: Worktree, change: FileChange): Promise<JudgedChange> {
  const { path } = await worktree.locate(change.path);
  if (!('content' in change)) return { path };
  const { content } = change;
  return { path, text: typeof content === 'string' ? content : Buffer.from(content).toString('utf8') };
}

function checkChange({ path, text }: JudgedChange, first: string, { path: own, lines, refuse }: WriteScope): void {
  if (path !== own)
    throw refusal(`Only ${own} may be changed here, not ${path}. Say in the end what else is needed.`, path);
  if (text === undefined) throw refusal(`${own} may be changed and not taken away.`, own);
  if (lines && !keepsAround(first, text, lines)) {
    const words = `Only lines ${lines[0]} to ${lines[1]} of ${own}, as it was, may be changed. Leave what stands before and behind them as it is; say in the end what else is needed.`;
    throw refusal(words, own);
  }
  const why = refuse?.(first, text);
  if (why !== undefined) throw refusal(why, own);
}

function keepsAround(before: string, after: string, [from, to]: readonly [number, number]): boolean {
  const all = before.split(/(?<=\n)/);
  const head = all.slice(0, from - 1).join('');
  const tail = all.slice(to).join('');
  return after.length >= head.length + tail.length && after.startsWith(head) && after.endsWith(tail);
}

function refusal(text: string, where: string): CapstanError {
  return new CapstanError('tool_failed', text, { where });
}
