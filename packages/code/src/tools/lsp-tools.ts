import type { Tool } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { LanguageServers, RunEffect } from '../lsp/language-servers.ts';
import { definitionTool } from './definition-tool.ts';
import { diagnosticsTool } from './diagnostics-tool.ts';
import type { LspDesk } from './lsp-desk.ts';
import { referencesTool } from './references-tool.ts';
import { renameTool } from './rename-tool.ts';

export interface LspToolsOptions {
  /** Tells which files may be shown, by their path relative to the root. Default: all. */
  readonly mask?: (path: string) => boolean;
  /**
   * Tells whether `rename` may start a server to find out what it would change, before the call is judged. Default:
   * never; then its first call starts the server and says what would change, and the second changes it.
   */
  readonly mayStart?: (start: RunEffect) => boolean | Promise<boolean>;
}

/**
 * Makes the tools that ask language servers: `diagnostics`, `definition`, `references`, `rename`. The first call that
 * needs a server declares its start as a process that is run. What `rename` changes is a patch of the run.
 */
export function lspTools(
  worktree: Worktree,
  servers: LanguageServers,
  { mask = () => true, mayStart = () => false }: LspToolsOptions = {},
): Tool[] {
  const desk: LspDesk = { worktree, servers, mask, mayStart };
  return [diagnosticsTool(desk), definitionTool(desk), referencesTool(desk), renameTool(desk)];
}
