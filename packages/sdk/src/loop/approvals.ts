import type { Approval, ApprovalRule, ApprovalState } from '@capstan/policy';
import type { Answer } from '../contract/run.ts';
import { CapstanError } from '../contract/errors.ts';

/** How an approval came out; `pending` when the run pauses before enough people answered. */
export type Verdict =
  | { readonly kind: 'approved' }
  | { readonly kind: 'denied'; readonly by: string; readonly reason?: string }
  | { readonly kind: 'pending' };

/** What is asked of people about one call. */
export interface Question {
  readonly rule: ApprovalRule;
  /** Those who approved before a pause or a restart, each time they did. */
  readonly approvedBy: readonly string[];
  /** Says where approvals stand, by the policy. */
  readonly stateOf: (given: readonly Approval[], rule: ApprovalRule) => ApprovalState;
  /** Told of each answer as it is given, in order. */
  readonly onAnswer: (answer: Answer, standIn: boolean) => void;
}

interface Waiting extends Question {
  readonly given: Approval[];
  readonly settle: (verdict: Verdict) => void;
}

/**
 * Holds the calls of a run that wait for people. In mode `pause` they are let go as pending once nothing else is left
 * to do; in mode `wait` they wait until answered or stopped.
 */
export class Approvals {
  /** `pause` or `wait`. */
  readonly mode: 'pause' | 'wait';
  readonly #waiting = new Map<string, Waiting>();
  /** Calls of the turn that are at work or have yet to start; pausing waits for them. */
  #busy = 0;
  #closed = false;
  /** Approvals of sub-agents at work. */
  readonly #children = new Set<Approvals>();

  constructor(mode: 'pause' | 'wait') {
    this.mode = mode;
  }

  /** Marks work begun; call the result when it is done, once or more. */
  enter(): () => void {
    this.#busy++;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#busy--;
      this.#pauseIfIdle();
    };
  }

  /** Registers a call that waits. Answers are accepted from now on. */
  open(callId: string, question: Question): Promise<Verdict> {
    return new Promise((resolve) => {
      const settle = (verdict: Verdict) => {
        this.#waiting.delete(callId);
        resolve(verdict);
      };
      if (this.#closed) return resolve({ kind: 'pending' });
      const given = question.approvedBy.map((by) => ({ verdict: 'approved', by }) as const);
      if (question.stateOf(given, question.rule).state === 'approved') return resolve({ kind: 'approved' });
      this.#waiting.set(callId, { ...question, given: [...given], settle });
    });
  }

  /** Gives one person's answer. Two approvals of one person count as one, unless nobody else is there. */
  answer(callId: string, answer: Answer): void {
    const waiting = this.#waiting.get(callId);
    const child = waiting ? undefined : this.#childWith(callId);
    if (child) return child.answer(callId, answer);
    if (!waiting) {
      const message = `No call ${callId} waits for approval. It was answered, stopped, or never asked.`;
      throw new CapstanError('not_found', message, { where: callId });
    }
    if (answer.verdict === 'denied') {
      waiting.onAnswer(answer, false);
      const { by, reason } = answer;
      return waiting.settle({ kind: 'denied', by, ...(reason === undefined ? {} : { reason }) });
    }
    const { given, rule, stateOf } = waiting;
    if (!rule.alone && given.some((each) => each.by === answer.by)) return;
    given.push(answer);
    const { state, standIn } = stateOf(given, rule);
    waiting.onAnswer(answer, standIn === true && given.length > 1);
    if (state === 'approved') waiting.settle({ kind: 'approved' });
  }

  /** Passes answers on to a sub-agent's run. Returns how to end that. */
  adopt(child: Approvals): () => void {
    this.#children.add(child);
    return () => void this.#children.delete(child);
  }

  /** Whether a call waits for an answer, here or in a sub-agent. */
  waitsFor(callId: string): boolean {
    return this.#waiting.has(callId) || this.#childWith(callId) !== undefined;
  }

  #childWith(callId: string): Approvals | undefined {
    return [...this.#children].find((child) => child.#waiting.has(callId) || child.#childWith(callId));
  }

  /** Lets every call go as pending, now and from now on: the run ends. */
  close(): void {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    const waiting = Array.from(this.#waiting.values());
    for (const { settle } of waiting) settle({ kind: 'pending' });
  }

  #pauseIfIdle(): void {
    if (this.mode === 'pause' && this.#busy === 0) this.#release();
  }
}
