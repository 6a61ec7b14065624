import { createInterface } from 'node:readline';
import type { Agent } from '@capstan/sdk';
import type { Answer, Answers, Run, RunInput } from '@capstan/sdk/contract';
import type { Outcome } from '../frame/envelope.ts';
import { personHere } from './approver-of.ts';
import { inputLine, type InputLine } from './input-line.ts';
import { startRun, type RunSetup } from './start-run.ts';

/** How a conversation with a program begins. */
export interface ConverseOptions {
  readonly sessionId: string;
  /** What is said before the first line of stdin. */
  readonly first?: RunInput | undefined;
}

type Starter = (agent: Agent, options: { readonly approvals: 'pause' | 'wait' }) => Run;

/**
 * Talks with a program: each line of stdin is a message, an answer or an order; each event is a line of stdout.
 *
 * Messages are done one after the other in one session. A run that only waits for approvals has paused: it goes on when
 * all of them are answered, or when its program says something else instead. It ends when stdin has ended and nothing is
 * left to do, with the outcome of the last run; nothing here ever waits for a program that has gone.
 */
export async function converse(setup: Omit<RunSetup, 'start'>, options: ConverseOptions): Promise<Outcome> {
  const talk = new Talk(setup, options);
  const lines = createInterface({ input: setup.cli.io.stdin, crlfDelay: Infinity });
  const reading = (async () => {
    let number = 0;
    for await (const line of lines) {
      number += 1;
      if (line.trim() !== '') talk.take(inputLine(line, number));
    }
  })().finally(() => talk.end());
  const done = talk.whenDone();
  try {
    const [outcome] = await Promise.all([done, reading]);
    return outcome;
  } catch (thrown) {
    // A line that cannot be read ends the conversation; the run under way is ended in order.
    talk.take({ type: 'stop' });
    await done.catch(() => {});
    throw thrown;
  } finally {
    lines.close();
  }
}

class Talk {
  readonly #setup: Omit<RunSetup, 'start'>;
  readonly #sessionId: string;
  readonly #waiting: RunInput[] = [];
  #paused: { readonly runId: string; readonly open: Set<string>; readonly answers: Record<string, Answer> } | undefined;
  #live: Run | undefined;
  #ended = false;
  #wake: () => void = () => {};

  constructor(setup: Omit<RunSetup, 'start'>, { sessionId, first }: ConverseOptions) {
    this.#setup = setup;
    this.#sessionId = sessionId;
    if (first !== undefined) this.#waiting.push(first);
  }

  take(line: InputLine): void {
    switch (line.type) {
      case 'user':
        this.#waiting.push(line.input);
        break;
      case 'steer':
        if (this.#live) this.#live.steer(line.text);
        else this.#waiting.push(line.text);
        break;
      case 'approve':
        this.#answer(line.callId, { verdict: 'approved', by: this.#by });
        break;
      case 'deny': {
        const { reason } = line;
        this.#answer(line.callId, { verdict: 'denied', by: this.#by, ...(reason === undefined ? {} : { reason }) });
        break;
      }
      case 'stop':
        this.#waiting.length = 0;
        void this.#live?.stop('stopped by a line on stdin');
        break;
      default:
        line satisfies never;
    }
    this.#wake();
  }

  /** No more lines will come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async whenDone(): Promise<Outcome> {
    let last: Outcome = { payload: {}, exit: 0 };
    for (;;) {
      const start = this.#next();
      if (start) last = await this.#follow(start);
      else if (this.#ended) return last;
      else
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
    }
  }

  get #by(): string {
    return personHere(this.#setup.cli.io);
  }

  #answer(callId: string, answer: Answer): void {
    const paused = this.#paused;
    if (paused?.open.delete(callId)) {
      paused.answers[callId] = answer;
      return;
    }
    try {
      const { by } = answer;
      if (answer.verdict === 'approved') this.#live?.approve(callId, { by });
      else this.#live?.deny(callId, { by, ...(answer.reason === undefined ? {} : { reason: answer.reason }) });
    } catch {
      void this.#setup.cli.io.err(`No call ${callId} waits for an answer.\n`);
    }
  }

  /** What to start now: the paused run with its answers, else the next message. */
  #next(): Starter | undefined {
    const paused = this.#paused;
    if (paused?.open.size === 0) {
      this.#paused = undefined;
      const answers: Answers = paused.answers;
      return (agent, options) => agent.resume(paused.runId, { ...options, answers });
    }
    const input = this.#waiting.shift();
    if (input === undefined) return undefined;
    this.#paused = undefined;
    return (agent, options) => agent.run(input, { sessionId: this.#sessionId, ...options });
  }

  async #follow(start: Starter): Promise<Outcome> {
    const { report, outcome } = await startRun({
      ...this.#setup,
      start: (agent, options) => (this.#live = start(agent, options)),
    });
    this.#live = undefined;
    const { runId, reason, pending } = report.result;
    if (reason === 'approval')
      this.#paused = { runId, open: new Set(pending.map(({ callId }) => callId)), answers: {} };
    return outcome;
  }
}
