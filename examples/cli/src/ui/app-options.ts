import type { TUI } from '@earendil-works/pi-tui';
import type { Model } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import type { AgentFolders } from '../project/agent-file.ts';
import type { PromptCommand } from '../project/prompt-command.ts';
import type { Conversation } from './conversation.ts';
import type { Theme } from './theme.ts';
import type { ThemeName } from './themes.ts';

/** What the terminal UI is made of. */
export interface AppOptions {
  readonly tui: TUI;
  readonly conversation: Conversation;
  /** The theme of a name, the one in use without. */
  readonly themeOf: (name?: ThemeName) => Theme;
  readonly unicode: boolean;
  /** The name of the person here. */
  readonly by: string;
  readonly env: Io['env'];
  /** File of what was typed before. */
  readonly historyFile: string;
  readonly ownCommands: readonly PromptCommand[];
  readonly agentFolders: AgentFolders;
  readonly openModel: (id: string) => Promise<Model>;
  /** Runs a command of the command line and gives what it prints. */
  readonly command: (words: readonly string[]) => Promise<string>;
  /** Rings when a person is wanted who may be elsewhere. */
  readonly bell: boolean;
}
