import type { DurableEvent, SessionRenamed } from '../contract/event.ts';
import type { Json } from '../contract/json.ts';
import type { Message } from '../contract/message.ts';
import type { Run, RunInput, RunOptions } from '../contract/run.ts';
import type { RunStore } from '../contract/store.ts';
import { exportSession, noSession } from '../session/export-session.ts';
import { emptySession, foldEvents } from '../session/fold.ts';
import type { ForkOptions } from '../session/fork-session.ts';
import { forkSession } from '../session/fork-session.ts';
import type { SessionSummary } from '../session/session-summary.ts';
import { summariseSession } from '../session/session-summary.ts';

/** A conversation kept in the agent's store. */
export interface Session<Output = Json> {
  readonly id: string;
  /** Starts the next run of the conversation. */
  run(input: RunInput, options?: Omit<RunOptions, 'sessionId'>): Run<Output>;
  /**
   * Sums up what was said so far, as happens by itself when the model's window fills up. A run of its own, without input:
   * its `context.compacted` says what came of it; where there is none, nothing could be left out.
   */
  compact(options?: Pick<RunOptions, 'signal' | 'budget'>): Run<Output>;
  /** Its durable events, from a number on. */
  events(options?: { readonly after?: number }): Promise<readonly DurableEvent[]>;
  /** The messages as the model sees them: after compaction, where there was one. */
  messages(): Promise<readonly Message[]>;
  /** @throws {CapstanError} `not_found` while it has no events. */
  summary(): Promise<SessionSummary>;
  /** Copies it up to an event into a session of its own. */
  fork(options?: ForkOptions): Promise<Session<Output>>;
  /** Gives it a title, and a summary if one is given. @throws {CapstanError} `not_found` while it has no events, `conflict` while a run writes to it. */
  rename(title: string, options?: { readonly summary?: string }): Promise<void>;
  /** `json` can be imported with `importSession`; `markdown` is for people. */
  export(format: 'json' | 'markdown'): Promise<string>;
  delete(): Promise<void>;
}

/** How the runs of a session begin. */
export interface SessionRuns<Output> {
  readonly run: (input: RunInput, options: RunOptions) => Run<Output>;
  readonly compact: (options: RunOptions & { readonly sessionId: string }) => Run<Output>;
}

/** Opens a session of a store; nothing is read until it is asked for. */
export function openSession<Output>(store: RunStore, id: string, runs: SessionRuns<Output>): Session<Output> {
  const { run, compact } = runs;
  return {
    id,
    run: (input, options = {}) => run(input, { ...options, sessionId: id }),
    compact: (options = {}) => compact({ ...options, sessionId: id }),
    events: (options) => store.read(id, options),
    messages: async () => foldEvents(emptySession(), await store.read(id)).messages,
    async summary() {
      const summary = summariseSession(id, await store.read(id));
      if (!summary) throw noSession(id);
      return summary;
    },
    fork: async (options) => openSession(store, await forkSession(store, id, options), runs),
    rename: (title, { summary } = {}) => rename(store, id, { title, ...(summary === undefined ? {} : { summary }) }),
    export: (format) => exportSession(store, id, format),
    delete: () => store.delete(id),
  };
}

async function rename(store: RunStore, sessionId: string, names: Omit<SessionRenamed, 'type'>): Promise<void> {
  const last = (await store.read(sessionId)).at(-1);
  if (!last) throw noSession(sessionId);
  const header = { v: 1, seq: last.seq + 1, at: Date.now(), sessionId, runId: last.runId } as const;
  await store.append(sessionId, last.seq, [{ ...header, type: 'session.renamed', ...names }]);
}
