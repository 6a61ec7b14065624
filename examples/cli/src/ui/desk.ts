import type { Model, Run } from '@capstan/sdk/contract';
import type { Mode } from '../project/mode.ts';
import type { Choice } from './choice-card.ts';
import type { Conversation } from './conversation.ts';
import type { Theme } from './theme.ts';
import type { ThemeName } from './themes.ts';

/** What a slash command works with. */
export interface Desk {
  readonly conversation: Conversation;
  readonly theme: Theme;
  /** Shows lines. */
  readonly show: (text: string) => void;
  /** Shows a remark. */
  readonly note: (text: string) => void;
  /** Sends a task, as if it had been typed. */
  readonly send: (task: string) => Promise<void>;
  /** Shows a run to its end. */
  readonly follow: (run: Promise<Run>) => Promise<void>;
  /** Puts text into the input, to be sent or changed. */
  readonly type: (text: string) => void;
  /** Lets the person choose; `undefined` when nothing was chosen. */
  readonly choose: (title: string, choices: readonly Choice[]) => Promise<string | undefined>;
  /** What was typed before, the oldest first. */
  readonly history: () => readonly string[];
  readonly setMode: (mode: Mode) => void;
  readonly setTheme: (name: ThemeName) => void;
  readonly openModel: (id: string) => Promise<Model>;
  /** Runs a command of the command line and gives what it prints. */
  readonly command: (words: readonly string[]) => Promise<string>;
  /** Opens a panel; false where there are none. */
  readonly open: (panel: string) => boolean;
  /** Shows the session from its beginning. */
  readonly replay: () => Promise<void>;
  /** Takes everything off the screen. */
  readonly wipe: () => void;
  readonly quit: () => void;
}
