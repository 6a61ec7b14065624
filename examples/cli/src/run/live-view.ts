import type { RunEvent } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { Io } from '../frame/io.ts';
import type { Transcript } from '../render/transcript.ts';
import type { RunSettings } from './run-settings.ts';

/** Shows events as they come. */
export interface LiveView {
  readonly show: (event: RunEvent) => Promise<void>;
  /** Ends an unfinished line. */
  readonly close: () => Promise<void>;
}

export interface LiveViewOptions {
  readonly io: Io;
  readonly output: RunSettings['output'];
  readonly transcript: Transcript;
  readonly worktree: Pick<Worktree, 'patches'>;
}

/** Makes the view of a kind of output: text for people, lines for programs, or nothing until the end. */
export function liveView({ io, output, transcript, worktree }: LiveViewOptions): LiveView {
  if (output === 'events') return { show: (event) => io.out(`${JSON.stringify(event)}\n`), close: async () => {} };
  if (output !== 'text') return { show: async () => {}, close: async () => {} };
  return {
    async show(event) {
      const diff = event.type === 'patch.created' ? await diffOf(worktree, event.id) : undefined;
      const text = transcript.push(event, diff);
      if (text !== '') await io.out(text);
    },
    close: () => io.out(transcript.close()),
  };
}

/** A patch that cannot be read is no reason to end a run: its line is shown without the diff. */
async function diffOf(worktree: Pick<Worktree, 'patches'>, id: string): Promise<string | undefined> {
  try {
    return (await worktree.patches.show(id)).diff;
  } catch {
    return undefined;
  }
}
