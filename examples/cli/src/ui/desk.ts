import type { Model } from '@capstan/sdk/contract';
import type { Mode } from '../project/mode.ts';
import type { Conversation } from './conversation.ts';
import type { Theme } from './theme.ts';

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
  readonly setMode: (mode: Mode) => void;
  readonly openModel: (id: string) => Promise<Model>;
  /** Shows the session from its beginning. */
  readonly replay: () => Promise<void>;
  /** Takes everything off the screen. */
  readonly wipe: () => void;
  readonly quit: () => void;
}
