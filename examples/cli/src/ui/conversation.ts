import type { Agent, ForkOptions } from '@capstan/sdk';
import { newId, type Budget, type Model, type Run, type RunStore, type Tool } from '@capstan/sdk/contract';
import type { Policy } from '@capstan/policy';
import type { Worktree } from '@capstan/tools';
import { maskSecrets } from '../project/mask-secrets.ts';
import type { Mode } from '../project/mode.ts';

/** What a conversation is held with. */
export interface ConversationParts {
  readonly worktree: Worktree;
  readonly store: RunStore;
  readonly tools: readonly Tool[];
  readonly instructions: string;
  /** The policy of a mode, from the files as they are now. */
  readonly policyOf: (mode: Mode) => Promise<Policy>;
  readonly env: Readonly<Record<string, string | undefined>>;
  model: Model;
  mode: Mode;
  budget: Budget;
  sessionId: string;
}

/** A turn that was taken back, so that it can be done again. */
interface Undone {
  readonly sessionId: string;
  /** Patches in the order they were made. */
  readonly patches: readonly string[];
}

/** What `undo` and `redo` did. */
export interface Stepped {
  readonly files: readonly string[];
}

/** One conversation in one work tree: its model, mode and budget may change between turns, and turns can be taken back. */
export class Conversation {
  readonly parts: ConversationParts;
  readonly #undone: Undone[] = [];

  constructor(parts: ConversationParts) {
    this.parts = parts;
  }

  /** Sends words to the model. Approvals wait for whoever sits here. */
  async send(text: string): Promise<Run> {
    this.#undone.length = 0;
    return (await this.#agent()).run(text, { sessionId: this.parts.sessionId, approvals: 'wait' });
  }

  /** Goes on with a run that was left waiting. */
  async resume(runId: string): Promise<Run> {
    return (await this.#agent()).resume(runId, { approvals: 'wait' });
  }

  /**
   * Takes the last turn back: the files it changed, and its part of the conversation.
   *
   * @returns `undefined` when there is no turn to take back.
   * @throws {CapstanError} `patch_failed` when later changes of somebody else are in the way; nothing is done then.
   */
  async undo(): Promise<Stepped | undefined> {
    const { store, worktree, sessionId } = this.parts;
    const events = await store.read(sessionId);
    const start = events.findLast((event) => event.type === 'run.started' && event.resumed === undefined);
    if (!start) return undefined;
    const applied = (await worktree.patches.list()).filter(
      ({ runId, state }) => runId === start.runId && state === 'applied',
    );
    const files =
      applied.length === 0 ? [] : (await worktree.patches.rollbackRun(start.runId)).files.map(({ path }) => path);
    this.#undone.push({ sessionId, patches: applied.map(({ id }) => id) });
    this.parts.sessionId = start.seq > 1 ? await fork(store, sessionId, { at: start.seq - 1 }) : newId();
    return { files };
  }

  /** Does again what `undo` took back. @returns `undefined` when nothing was taken back since the last turn. */
  async redo(): Promise<Stepped | undefined> {
    const undone = this.#undone.at(-1);
    if (!undone) return undefined;
    const files: string[] = [];
    for (const id of undone.patches)
      files.push(...(await this.parts.worktree.patches.apply(id)).files.map(({ path }) => path));
    this.#undone.pop();
    this.parts.sessionId = undone.sessionId;
    return { files };
  }

  /** Starts over with nothing said. */
  clear(): void {
    this.#undone.length = 0;
    this.parts.sessionId = newId();
  }

  /** Copies the conversation and goes on in the copy. Gives the id of the one left behind. */
  async fork(): Promise<string> {
    const { store, sessionId } = this.parts;
    const said = (await store.read(sessionId)).length > 0;
    this.parts.sessionId = said ? await fork(store, sessionId) : newId();
    return sessionId;
  }

  async #agent(): Promise<Agent> {
    const { createAgent } = await import('@capstan/sdk');
    const { model, tools, store, budget, instructions, mode, env } = this.parts;
    const policy = await this.parts.policyOf(mode);
    return createAgent({ model, tools, store, budget, instructions, policy, hooks: await maskSecrets(env) });
  }
}

async function fork(store: RunStore, sessionId: string, options: ForkOptions = {}): Promise<string> {
  const { forkSession } = await import('@capstan/sdk');
  return forkSession(store, sessionId, options);
}
