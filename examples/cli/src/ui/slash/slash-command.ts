import type { Desk } from '../desk.ts';

/** A command typed with a slash. */
export interface SlashCommand {
  readonly name: string;
  readonly about: string;
  /** What may follow, for the help. */
  readonly takes?: string;
  readonly choices?: readonly string[];
  /** May be given while a turn is under way. */
  readonly anytime?: true;
  readonly run: (desk: Desk, words: string) => void | Promise<void>;
}
