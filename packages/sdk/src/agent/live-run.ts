import { toUsd } from '../budget/micros.ts';
import { CapstanError, isCapstanError } from '../contract/errors.ts';
import type {
  ApprovalRequested,
  DurableBody,
  DurableEvent,
  EphemeralBody,
  EventOf,
  EventType,
  RunEnded,
  RunEvent,
} from '../contract/event.ts';
import { newId } from '../contract/id.ts';
import type { Json } from '../contract/json.ts';
import type { Answer, Run, RunOptions, RunResult } from '../contract/run.ts';
import { Approvals } from '../loop/approvals.ts';
import type { Halt, LoopContext, Steer } from '../loop/context.ts';
import type { Ending } from '../loop/loop.ts';
import { runLoop } from '../loop/loop.ts';
import { inTime } from '../loop/hooks.ts';
import { Outbox } from '../loop/outbox.ts';
import { Tally } from '../loop/tally.ts';
import { haltAtDeadline, haltOnAbort } from './halts.ts';
import type { AgentParts, PreparedRun, RunOrder } from './prepare-run.ts';
import { prepareRun } from './prepare-run.ts';
import { RunNotes } from './run-notes.ts';
import { RunReaders, warn } from './run-readers.ts';

type Order = RunOrder & Pick<RunOptions, 'signal' | 'approvals'>;

/** How often the model may mend an output that does not fit its schema. */
const outputRepairs = 2;

/** A run under way: pumps the loop, stores what must be kept before the loop goes on, and feeds readers. */
export class LiveRun<Output = Json> implements Run<Output> {
  readonly id: string;
  readonly result: Promise<RunResult<Output>>;
  readonly #parts: AgentParts;
  readonly #order: Order;
  readonly #readers = new RunReaders();
  readonly #halt = new AbortController();
  readonly #approvals: Approvals;
  readonly #steers: Steer[] = [];
  readonly #notes = new RunNotes();
  #watcher: ((event: DurableEvent) => void) | undefined;
  #sessionId: string;
  #seq = 0;
  #ended = false;

  constructor(parts: AgentParts, order: Order) {
    this.id = order.runId;
    this.#parts = parts;
    this.#order = order;
    this.#sessionId = order.sessionId ?? newId();
    this.#approvals = new Approvals(order.approvals ?? order.parent?.approvals.mode ?? 'pause');
    const orphan = order.parent?.approvals.adopt(this.#approvals);
    this.#halt.signal.addEventListener('abort', () => this.#approvals.close());
    this.result = orphan ? this.#live().finally(orphan) : this.#live();
  }

  /** The session; of a resumed run, known once its first event is there. */
  get sessionId(): string {
    return this.#sessionId;
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return this.#readers.read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('disposed');
  }

  on<T extends EventType>(type: T, listener: (event: EventOf<T>) => void): () => void {
    return this.#readers.on(type, listener);
  }

  /** Calls a function for each durable event, in order. Not part of `Run`. */
  watch(watcher: (event: DurableEvent) => void): void {
    this.#watcher = watcher;
  }

  /** Whether a call waits for an answer. Not part of `Run`. */
  waitsFor(callId: string): boolean {
    return this.#approvals.waitsFor(callId);
  }

  approve(callId: string, { by }: { readonly by: string }): void {
    this.#answer(callId, { verdict: 'approved', by });
  }

  deny(callId: string, { by, reason }: { readonly by: string; readonly reason?: string }): void {
    this.#answer(callId, { verdict: 'denied', by, ...(reason === undefined ? {} : { reason }) });
  }

  steer(text: string): void {
    if (this.#ended)
      throw new CapstanError('conflict', `Run ${this.id} has ended. Continue its session with agent.run.`);
    this.#steers.push({ text, by: 'user' });
  }

  stop(reason?: string): Promise<RunResult<Output>> {
    this.haltWith({ kind: 'stop', ...(reason === undefined ? {} : { words: reason }) });
    return this.result;
  }

  #answer(callId: string, answer: Answer): void {
    this.#approvals.answer(callId, answer);
  }

  /** Ends the run for a reason that its loop knows. Not part of `Run`. */
  haltWith(halt: Halt): void {
    if (!this.#halt.signal.aborted) this.#halt.abort(halt);
  }

  /** Lives the whole run; gives its result and never rejects. */
  async #live(): Promise<RunResult<Output>> {
    const forget = haltOnAbort(this.#order.signal, (halt) => this.haltWith(halt));
    let tally = new Tally();
    let turns = 0;
    let text = '';
    let ending: Ending;
    try {
      await Promise.resolve();
      const run = await prepareRun(this.#parts, this.#order, Date.now);
      ({ tally } = run);
      this.#sessionId = run.sessionId;
      this.#seq = run.state.lastSeq;
      this.#notes.patches.push(...run.patches);
      this.#waitFor(run.state.open.flatMap(({ requested }) => requested ?? []));
      ending = await this.#pump(run);
      turns = run.ledger.turns;
      text = lastText(run);
    } catch (error) {
      ending = { reason: 'failed', error: asFailure(error) };
      this.haltWith({ kind: 'stop', words: 'the run failed' });
    }
    forget();
    return this.#end(ending, { tally, turns, text });
  }

  async #pump(run: PreparedRun): Promise<Ending> {
    const undoDeadline = haltAtDeadline(this.#order.timeless ? Infinity : run.ledger.deadline, (halt) =>
      this.haltWith(halt),
    );
    const steps = runLoop(this.#context(run), run.left);
    try {
      await this.#store(run.opening);
      this.#steers.unshift(...run.steers.map((text) => ({ text, by: 'loop' }) as const));
      for (;;) {
        const step = await steps.next();
        if (step.done) return step.value;
        await this.#store(step.value);
      }
    } finally {
      undoDeadline();
      void steps.return({ reason: 'stopped' }).catch(() => {});
    }
  }

  #context(run: PreparedRun): LoopContext {
    const { model, instructions } = this.#parts;
    return {
      runId: this.id,
      sessionId: this.#sessionId,
      model,
      policy: () => run.taint.policy,
      taint: run.taint.mark,
      decide: run.decide,
      instructions,
      tools: run.tools,
      output: run.output,
      repairs: { left: outputRepairs },
      seed: run.seed,
      messages: run.state.messages,
      ledger: run.ledger,
      tally: run.tally,
      kept: run.kept,
      approvals: this.#approvals,
      approvalState: run.approvalState,
      people: run.people,
      answers: this.#order.answers ?? {},
      outbox: this.#order.outbox ?? new Outbox(),
      steers: this.#steers,
      signal: this.#halt.signal,
      hooks: this.#parts.hooks ?? [],
      store: this.#parts.store,
      childWaits: (pending) => this.#waitFor(pending),
      emit: (body) => this.#show(body),
      now: Date.now,
      replayed: this.#order.timeless === true,
    };
  }

  async #store(bodies: readonly DurableBody[]): Promise<void> {
    const before = this.#seq;
    const events = bodies.map((body, i) => this.#stamp(body, before + 1 + i));
    await this.#parts.store.append(this.#sessionId, before, events);
    this.#seq = before + events.length;
    for (const event of events) {
      this.#publish(event);
      this.#watcher?.(event);
    }
  }

  #show(body: EphemeralBody): void {
    if (!this.#ended) this.#publish(this.#stamp(body, this.#seq));
  }

  #stamp<B extends DurableBody | EphemeralBody>(body: B, seq: number) {
    return { v: 1 as const, seq, at: Date.now(), sessionId: this.#sessionId, runId: this.id, ...body };
  }

  #publish(event: RunEvent): void {
    this.#notes.note(event);
    this.#readers.publish(event);
  }

  #waitFor(requests: readonly ApprovalRequested[]): void {
    for (const request of requests) this.#notes.pending.set(request.callId, request);
  }

  async #end(
    ending: Ending,
    { tally, turns, text }: { readonly tally: Tally; readonly turns: number; readonly text: string },
  ): Promise<RunResult<Output>> {
    const costUsd = tally.micros === undefined ? undefined : toUsd(tally.micros);
    const ended: RunEnded = {
      type: 'run.ended',
      reason: ending.reason,
      usage: tally.usage,
      ...(costUsd === undefined ? {} : { costUsd }),
      turns,
      text,
      ...(ending.output === undefined ? {} : { output: ending.output }),
      ...(ending.error ? { error: ending.error.toJSON() } : {}),
      ...(ending.limit ? { limit: ending.limit } : {}),
      ...(ending.stopped === undefined ? {} : { stopped: ending.stopped }),
    };
    const failure = await this.#keepEnd(ended);
    await this.#tellHooks(failure ?? ended, turns);
    this.#ended = true;
    this.#readers.close();
    return this.#notes.result(failure ?? ended, { runId: this.id, sessionId: this.#sessionId });
  }

  async #tellHooks(ended: RunEnded, turn: number): Promise<void> {
    const at = { runId: this.id, sessionId: this.#sessionId, turn, signal: new AbortController().signal };
    for (const hook of this.#parts.hooks ?? []) {
      const { afterRun } = hook;
      if (afterRun) await inTime(hook, 'afterRun', () => afterRun(ended, at), at).catch(warn);
    }
  }

  /** Stores the end. Where the store has failed, readers at least see it. */
  async #keepEnd(ended: RunEnded): Promise<RunEnded | undefined> {
    try {
      await this.#store([ended]);
      return undefined;
    } catch (error) {
      const failed: RunEnded =
        ended.reason === 'failed' ? ended : { ...ended, reason: 'failed', error: asFailure(error).toJSON() };
      this.#publish(this.#stamp(failed, this.#seq + 1));
      return failed;
    }
  }
}

function lastText({ state }: PreparedRun): string {
  const last = state.messages.findLast((message) => message.role !== 'tool');
  if (last?.role !== 'assistant') return '';
  return last.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function asFailure(error: unknown): CapstanError {
  if (isCapstanError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new CapstanError('invalid_config', `The run could not go on: ${why}`, {}, { cause: error });
}
