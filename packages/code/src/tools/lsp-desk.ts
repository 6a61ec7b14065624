import type { Tool } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { LanguageServers, RunEffect } from '../lsp/language-servers.ts';

/** What the tools of the language servers share. */
export interface LspDesk {
  readonly worktree: Worktree;
  readonly servers: LanguageServers;
  /** Tells which files may be shown, by their path relative to the root. */
  readonly mask: (path: string) => boolean;
  /** Tells whether a server may be started before a call is judged. */
  readonly mayStart: (start: RunEffect) => boolean | Promise<boolean>;
}

type Effects = Awaited<ReturnType<NonNullable<Tool['effects']>>>;

/** Effects of a question to the servers of some files: they read the project, and one that never ran is a new process. */
export function asksServers({ servers }: LspDesk, paths: readonly string[]): Effects {
  return [{ kind: 'read', path: servers.root }, ...servers.starts(paths)];
}

/** The processes that a question starts, for a person to see before approving. */
export function startsShown({ servers }: LspDesk, paths: readonly string[]) {
  const starts = servers.starts(paths);
  const command = starts.map((start) => start.command).join(' && ');
  return { kind: 'command', command, cwd: starts[0]?.cwd ?? servers.root } as const;
}

/** Tells whether what a question would do can be found out by asking it: its servers run, or may be started for that. */
export async function mayAsk({ servers, mayStart }: LspDesk, paths: readonly string[]): Promise<boolean> {
  for (const start of servers.starts(paths)) if (!(await mayStart(start))) return false;
  return true;
}
