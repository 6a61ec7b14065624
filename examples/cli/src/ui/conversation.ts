import type { Agent, ForkOptions } from '@capstan/sdk';
import {
  newId,
  type Budget,
  type Hook,
  type Instructions,
  type Model,
  type Run,
  type RunInput,
  type RunStore,
  type Tool,
} from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { AlwaysOffer, LivePolicy } from '../project/live-policy.ts';
import type { Mode } from '../project/mode.ts';

/** What a conversation is held with. */
export interface ConversationParts {
  readonly worktree: Worktree;
  readonly store: RunStore;
  readonly tools: readonly Tool[];
  readonly instructions?: Instructions | undefined;
  /** The policy of a mode, which follows its files. */
  readonly policyOf: (mode: Mode) => Promise<LivePolicy>;
  /** What watches over text: secrets, and what is a stranger's. */
  readonly hooks: () => Promise<readonly Hook[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads each run along. */
  readonly follow?: ((run: Run) => void) | undefined;
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

/** A message of the person and what came of it. */
export interface Turn {
  readonly runId: string;
  readonly text: string;
  /** How many files it changed. */
  readonly files: number;
}

/** What `undo` and `redo` did. */
export interface Stepped {
  readonly files: readonly string[];
}

/** One conversation in one work tree: its model, mode and budget may change between turns, and turns can be taken back. */
export class Conversation {
  readonly parts: ConversationParts;
  readonly #undone: Undone[] = [];
  #policy: LivePolicy | undefined;

  constructor(parts: ConversationParts) {
    this.parts = parts;
  }

  /** Sends words to the model. Approvals wait for whoever sits here. */
  async send(input: RunInput): Promise<Run> {
    this.#undone.length = 0;
    const agent = await this.#agent();
    return this.#followed(agent.run(input, { sessionId: this.parts.sessionId, approvals: 'wait' }));
  }

  /** Sums up what was said so far, to make room. */
  async compact(): Promise<Run> {
    this.#undone.length = 0;
    const run = (await this.#agent()).session(this.parts.sessionId).compact();
    this.parts.follow?.(run);
    return run;
  }

  /** Goes on with a run that was left waiting. */
  async resume(runId: string): Promise<Run> {
    const agent = await this.#agent();
    return this.#followed(agent.resume(runId, { approvals: 'wait' }));
  }

  /** What a standing approval of a call that waits would allow. */
  always(callId: string, by: string): AlwaysOffer | undefined {
    return this.#policy?.always(callId, by);
  }

  #followed(run: Run): Run {
    this.#policy?.follow(run);
    this.parts.follow?.(run);
    return run;
  }

  /** The messages of the person in this conversation, the oldest first. */
  async turns(): Promise<readonly Turn[]> {
    const events = await this.parts.store.read(this.parts.sessionId);
    return events.flatMap((event) => {
      if (event.type !== 'run.started' || !event.input) return [];
      const { runId, input } = event;
      const changed = events.flatMap((each) =>
        each.type === 'patch.created' && each.runId === runId ? each.files.map(({ path }) => path) : [],
      );
      const text = input.parts.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
      return [{ runId, text, files: new Set(changed).size }];
    });
  }

  /**
   * Takes turns back: the files they changed, and their part of the conversation.
   *
   * @param to The turn to go back to before. Default: the last one.
   * @returns `undefined` when there is no turn to take back.
   * @throws {CapstanError} `patch_failed` when later changes of somebody else are in the way; the turn in question, and
   * those before it, stay as they are then.
   */
  async undo(to?: string): Promise<Stepped | undefined> {
    if (to === undefined) return this.#undoLast();
    const turns = await this.turns();
    const at = turns.findIndex(({ runId }) => runId === to);
    if (at === -1) return undefined;
    const files: string[] = [];
    for (let left = turns.length - at; left > 0; left -= 1) files.push(...((await this.#undoLast())?.files ?? []));
    return { files };
  }

  async #undoLast(): Promise<Stepped | undefined> {
    const { store, worktree, sessionId } = this.parts;
    const events = await store.read(sessionId);
    const start = events.findLast((event) => event.type === 'run.started' && event.resumed === undefined);
    if (!start) return undefined;
    const made = new Set(
      events.flatMap((event) => (event.type === 'patch.created' && event.runId === start.runId ? [event.id] : [])),
    );
    // In a copy of a session runs have ids of their own; the patches know the run that made them.
    const kept = await worktree.patches.list();
    const runId = kept.find(({ id }) => made.has(id))?.runId ?? start.runId;
    const applied = kept.filter((patch) => patch.runId === runId && patch.state === 'applied');
    const files = applied.length === 0 ? [] : (await worktree.patches.rollbackRun(runId)).files.map(({ path }) => path);
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
    const { model, tools, store, budget, instructions, mode } = this.parts;
    this.#policy = await this.parts.policyOf(mode);
    return createAgent({
      model,
      tools,
      store,
      budget,
      policy: this.#policy.current,
      hooks: await this.parts.hooks(),
      ...(instructions ? { instructions } : {}),
    });
  }
}

async function fork(store: RunStore, sessionId: string, options: ForkOptions = {}): Promise<string> {
  const { forkSession } = await import('@capstan/sdk');
  return forkSession(store, sessionId, options);
}
