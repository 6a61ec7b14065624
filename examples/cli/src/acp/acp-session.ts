import { methods, type AgentContext, type PromptResponse, type SessionUpdate } from '@agentclientprotocol/sdk';
import type { ApprovalRequested, Run, RunInput, RunResult } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import { modes, parseMode } from '../project/mode.ts';
import { fillPromptCommand, type PromptCommand } from '../project/prompt-command.ts';
import { scopeOf } from '../run/approval-words.ts';
import { keepRunLog } from '../run/run-log.ts';
import type { Conversation } from '../ui/conversation.ts';
import { askPermission } from './ask-permission.ts';
import { SessionUpdates } from './session-updates.ts';

export interface AcpSessionOptions {
  readonly client: AgentContext;
  readonly conversation: Conversation;
  readonly commands: readonly PromptCommand[];
  /** The name that answers are signed with. */
  readonly by: string;
  readonly close: () => Promise<void>;
}

/** One conversation with an editor. */
export class AcpSession {
  readonly #options: AcpSessionOptions;
  readonly #updates: SessionUpdates;
  readonly #allowed = new Set<string>();
  #sent: Promise<void> = Promise.resolve();
  #run: Run | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: AcpSessionOptions) {
    this.#options = options;
    const { parts } = options.conversation;
    this.#updates = new SessionUpdates({
      worktree: parts.worktree,
      model: () => parts.model,
      send: (update) => this.send(update),
    });
  }

  get id(): string {
    return this.#options.conversation.parts.sessionId;
  }

  /** What the editor can choose from. */
  get modes() {
    return {
      currentModeId: this.#options.conversation.parts.mode,
      availableModes: modes.map((id) => ({ id, name: id })),
    };
  }

  /** Sends an update, in order. A connection that is gone takes nothing. */
  send(update: SessionUpdate): void {
    const { client } = this.#options;
    this.#sent = this.#sent
      .then(() => client.notify(methods.client.session.update, { sessionId: this.id, update }))
      .catch(() => {});
  }

  /** Tells which commands there are. */
  announce(): void {
    const availableCommands = this.#options.commands.map(({ name, description, takes }) => ({
      name,
      description,
      ...(takes === undefined ? {} : { input: { hint: takes } }),
    }));
    if (availableCommands.length > 0) this.send({ sessionUpdate: 'available_commands_update', availableCommands });
  }

  /** Shows a terminal of the editor in a call. */
  showTerminal(callId: string, terminalId: string): void {
    this.#updates.terminal(callId, terminalId);
  }

  /** Tells all that was said before. */
  async replay(): Promise<void> {
    const { store, sessionId } = this.#options.conversation.parts;
    for (const event of await store.read(sessionId)) {
      if (event.type === 'run.started' && event.input)
        this.#updates.said(event.input.parts.map((part) => (part.type === 'text' ? part.text : '')).join(''));
      await this.#updates.push(event);
    }
    await this.#sent;
  }

  /** Does what the person asks, to its end. */
  prompt(input: RunInput): Promise<PromptResponse> {
    const turn = this.#prompt(input);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #prompt(input: RunInput): Promise<PromptResponse> {
    const { conversation } = this.#options;
    if (this.#run) throw new CapstanError('conflict', 'A turn is under way. Cancel it, or wait for its end.');
    const run = await conversation.send(this.#filled(input));
    this.#run = run;
    try {
      let refused = false;
      for await (const event of run) {
        if (event.type === 'turn.ended') refused = event.stopReason === 'refusal';
        await this.#updates.push(event);
        if (event.type === 'approval.requested') void this.#ask(run, event);
      }
      const result = await run.result;
      await keepRunLog(conversation.parts.worktree.root, conversation.parts.store, result);
      await this.#sent;
      return responseOf(result, refused);
    } finally {
      this.#run = undefined;
    }
  }

  /** Stops the turn under way. */
  async cancel(): Promise<void> {
    await this.#run?.stop('cancelled in the editor');
  }

  /** @throws {CapstanError} `invalid_config` for a mode there is not. */
  setMode(mode: string): void {
    this.#options.conversation.parts.mode = parseMode(mode);
    this.send({ sessionUpdate: 'current_mode_update', currentModeId: mode });
  }

  async close(): Promise<void> {
    await this.cancel();
    await this.#turn;
    await this.#options.close();
  }

  #filled(input: RunInput): RunInput {
    if (typeof input !== 'string') return input;
    const [, name, words = ''] = /^\/(\S+)\s*([\s\S]*)$/.exec(input) ?? [];
    const command = this.#options.commands.find((each) => each.name === name);
    return command ? fillPromptCommand(command.text, words) : input;
  }

  #deny(run: Run, callId: string, reason: string): void {
    try {
      run.deny(callId, { by: this.#options.by, reason });
    } catch {
      // The call waits no longer.
    }
  }

  async #ask(run: Run, request: ApprovalRequested): Promise<void> {
    const { client, by, conversation } = this.#options;
    const { callId, approvals } = request;
    const key = scopeOf(request).key;
    if (this.#allowed.has(key) && approvals <= 1) return run.approve(callId, { by: `${by} (this session)` });
    try {
      const offer = conversation.always(callId, by);
      const { reply, always } = await askPermission(client, request, {
        sessionId: this.id,
        by,
        pattern: offer?.pattern,
      });
      if (always) offer?.keep();
      if (always && !offer) this.#allowed.add(key);
      if (reply.kind === 'stop') return void run.stop('cancelled at an approval');
      if (reply.kind === 'deny') return run.deny(callId, { by });
      // One editor is one person: what needs two is confirmed as often, and the log says that it was alone.
      for (let given = 0; given < Math.max(1, approvals); given += 1)
        run.approve(callId, { by: given === 0 ? by : `${by} (alone, confirmed ${given + 1} times)` });
    } catch {
      // Nobody waits for an answer any more, or the editor gave none.
      this.#deny(run, callId, 'The editor gave no answer.');
    }
  }
}

function responseOf({ reason, limit, error, text }: RunResult, refused: boolean): PromptResponse {
  switch (reason) {
    case 'done':
      return { stopReason: refused ? 'refusal' : 'end_turn' };
    case 'approval':
    case 'stopped':
      return { stopReason: 'cancelled' };
    case 'budget':
      return { stopReason: limit === 'tokens' || limit === 'costUsd' ? 'max_tokens' : 'max_turn_requests' };
    case 'failed':
      throw new CapstanError(error?.code ?? 'model_failed', error?.message ?? (text || 'The turn failed.'));
    default:
      return reason satisfies never;
  }
}
