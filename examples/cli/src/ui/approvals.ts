import type { TUI } from '@earendil-works/pi-tui';
import type { ApprovalRequested, Run } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { AlwaysOffer } from '../project/live-policy.ts';
import { scopeOf } from '../run/approval-words.ts';
import type { Reply } from '../run/approver.ts';
import { ApprovalCard } from './approval-card.ts';
import type { Dock } from './dock.ts';
import { editChange } from './edit-change.ts';
import type { Theme } from './theme.ts';

export interface ApprovalsOptions {
  readonly tui: TUI;
  readonly theme: () => Theme;
  readonly unicode: boolean;
  readonly dock: Dock;
  /** The name of the person here. */
  readonly by: string;
  readonly run: () => Run | undefined;
  /** What a standing approval of a call would allow. */
  readonly always: (callId: string, by: string) => AlwaysOffer | undefined;
  readonly note: (text: string) => void;
  readonly worktree: Worktree;
  /** Lets the person change a text in their own editor. */
  readonly edit: (text: string) => string;
}

/** Puts approvals to the person, one at a time; what they already allowed always is not asked again. */
export class Approvals {
  readonly #options: ApprovalsOptions;
  readonly #session = new Set<string>();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** Asks when it is its turn. */
  ask(request: ApprovalRequested): void {
    const { by, dock } = this.#options;
    if (this.#session.has(scopeOf(request).key) && request.approvals <= 1)
      return this.#answer(request, { kind: 'approve', by: [`${by} (this session)`] });
    dock.ask((done) => this.#card(request, done));
  }

  #card(request: ApprovalRequested, done: () => void, given: readonly string[] = []): ApprovalCard {
    const { tui, theme, unicode, by, dock, note } = this.#options;
    const name = given.length === 0 ? by : `${by} (alone, confirmed ${given.length + 1} times)`;
    if (given.length > 0) note(`Rule ${request.rule} wants ${request.approvals} people. Alone, confirm again.`);
    const offer = this.#options.always(request.callId, by);
    return new ApprovalCard(request, {
      pattern: offer?.pattern,
      theme: theme(),
      unicode,
      by: name,
      rows: Math.max(8, tui.terminal.rows - 14),
      onEdit: () => {
        done();
        void this.#edit(request, given);
      },
      onReply: (reply, holds) => {
        done();
        if (reply.kind === 'approve' && given.length + 1 < request.approvals) {
          dock.ask((then) => this.#card(request, then, [...given, name]));
          return;
        }
        if (holds === 'session') this.#session.add(scopeOf(request).key);
        if (holds === 'always') return this.#keep(request, offer);
        this.#answer(request, reply.kind === 'approve' ? { ...reply, by: [...given, name] } : reply);
      },
    });
  }

  /** What the person made of a diff is applied as theirs, and the model is told; left as it was, it is asked again. */
  async #edit(request: ApprovalRequested, given: readonly string[]): Promise<void> {
    const { by, dock, note, worktree, edit } = this.#options;
    const again = () => void dock.ask((done) => this.#card(request, done, given));
    try {
      const told = await editChange(request, { worktree, runId: this.#options.run()?.id, by, edit });
      if (told === undefined) return again();
      this.#answer(request, { kind: 'deny', by, reason: told });
    } catch (cause) {
      note(cause instanceof Error ? cause.message : String(cause));
      again();
    }
  }

  /** Writes the rule first: an approval that was to stand for always and does not is said to be for once. */
  #keep(request: ApprovalRequested, offer: AlwaysOffer | undefined): void {
    const { by, note } = this.#options;
    try {
      offer?.keep();
      if (offer) note(`From now on allowed: ${offer.pattern}.`);
      this.#answer(request, { kind: 'approve', by: [`${by} (always)`] });
    } catch (cause) {
      note(`${cause instanceof Error ? cause.message : String(cause)} It is allowed this once.`);
      this.#answer(request, { kind: 'approve', by: [by] });
    }
  }

  #answer({ callId }: ApprovalRequested, reply: Reply): void {
    const run = this.#options.run();
    try {
      if (reply.kind === 'stop') void run?.stop('stopped at an approval');
      if (reply.kind === 'deny')
        run?.deny(callId, { by: reply.by, ...(reply.reason === undefined ? {} : { reason: reply.reason }) });
      if (reply.kind === 'approve') for (const by of reply.by) run?.approve(callId, { by });
    } catch (cause) {
      this.#options.note(cause instanceof Error ? cause.message : String(cause));
    }
  }
}
