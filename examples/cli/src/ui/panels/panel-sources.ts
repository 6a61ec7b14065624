import type { DurableEvent } from '@capstan/sdk/contract';
import type { AgentFolders } from '../../project/agent-file.ts';
import type { Conversation } from '../conversation.ts';
import type { Theme } from '../theme.ts';

/** What panels read from, and what they can set going. */
export interface PanelSources {
  readonly conversation: Conversation;
  readonly theme: Theme;
  readonly unicode: boolean;
  readonly agentFolders: AgentFolders;
  /** Messages that wait for the turn to end. */
  readonly queued: () => readonly string[];
  /** Sends a task, as if it had been typed. */
  readonly send: (task: string) => Promise<void>;
  /** Puts text into the input, to be sent or changed. */
  readonly type: (text: string) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Reads the events of the conversation as it stands. */
export function eventsOf({ conversation }: Pick<PanelSources, 'conversation'>): Promise<readonly DurableEvent[]> {
  const { store, sessionId } = conversation.parts;
  return store.read(sessionId);
}
