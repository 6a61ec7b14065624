import type { Tool } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { LanguageServers } from '../lsp/language-servers.ts';

/** What the tools of the language servers share. */
export interface LspDesk {
  readonly worktree: Worktree;
  readonly servers: LanguageServers;
  /** Tells which files may be shown, by their path relative to the root. */
  readonly mask: (path: string) => boolean;
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
