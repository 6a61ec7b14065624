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
import type { Hook } from '../contract/hook.ts';
import { newId } from '../contract/id.ts';
import type { Json } from '../contract/json.ts';
import type { Answer, Run, RunOptions, RunResult } from '../contract/run.ts';
import { Approvals } from '../loop/approvals.ts';
import type { Halt, LoopContext } from '../loop/context.ts';
import type { Ending } from '../loop/loop.ts';
import { runLoop } from '../loop/loop.ts';
import { inTime } from '../loop/hooks.ts';
import { Inbox } from '../loop/inbox.ts';
import { MaskedEvents, maskText, masksOf } from '../loop/mask.ts';
import { Outbox } from '../loop/outbox.ts';
import { Tally } from '../loop/tally.ts';
import { haltAtDeadline, haltOnAbort } from './halts.ts';
import { openInstructions } from './open-instructions.ts';
import type { AgentParts, PreparedRun, RunOrder } from './prepare-run.ts';
import { prepareRun, RunVetoed } from './prepare-run.ts';
import { RunNotes } from './run-notes.ts';
import { RunReaders, warn } from './run-readers.ts';
import type { SessionState } from '../session/fold.ts';
import { foldEvents } from '../session/fold.ts';
import { SessionWriter } from './session-writer.ts';

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
  readonly #masked = new MaskedEvents(
    () => masksOf(this.#hooks),
    (body) => this.#publish(this.#stamp(body, this.#seq)),
  );
  readonly #halt = new AbortController();
  readonly #approvals: Approvals;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #asks: string[] = [];
  readonly #notes = new RunNotes();
  #watcher: ((event: DurableEvent) => void) | undefined;
  #hooks: readonly Hook[];
  #writer: SessionWriter | undefined;
  #state: SessionState | undefined;
  #sessionId: string;
  #seq = 0;
  #begun = false;
  #ended = false;

  constructor(parts: AgentParts, order: Order) {
    this.id = order.runId;
    this.#parts = parts;
    this.#hooks = parts.hooks ?? [];
    this.#order = order;
    this.#outbox = order.outbox ?? new Outbox();
    this.#inbox = new Inbox(this.#outbox);
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
    this.#inbox.add(maskText(masksOf(this.#hooks), text), 'calls');
  }

  queue(text: string): void {
    this.#inbox.add(maskText(masksOf(this.#hooks), text), 'run');
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
      const told = await openInstructions(this.#parts, this.#halt.signal);
      this.#hooks = told.hooks ?? [];
      const take = (sessionId: string) => this.#take(sessionId);
      const run = await prepareRun(told, this.#order, { now: Date.now, take });
      ({ tally } = run);
      this.#state = run.state;
      this.#seq = run.state.lastSeq;
      this.#notes.patches.push(...run.patches);
      this.#waitFor(run.state.open.flatMap(({ requested }) => requested ?? []));
      for (const { id, text } of run.waiting) this.#notes.queued.set(id, text);
      ending = await this.#pump(run);
      turns = run.ledger.turns;
      text = lastText(run);
    } catch (error) {
      ending =
        error instanceof RunVetoed
          ? { reason: 'stopped', stopped: error.message }
          : { reason: 'failed', error: asFailure(error) };
      this.haltWith({ kind: 'stop', words: 'the run failed' });
    }
    forget();
    this.#inbox.close();
    return this.#end(ending, { tally, turns, text });
  }

  async #take(sessionId: string): Promise<void> {
    this.#sessionId = sessionId;
    this.#writer = await SessionWriter.open(this.#parts.store, { sessionId, runId: this.id }, () =>
      this.haltWith({ kind: 'stop', words: 'Another run has taken its session over.' }),
    );
  }

  async #pump(run: PreparedRun): Promise<Ending> {
    const undoDeadline = haltAtDeadline(this.#order.timeless ? Infinity : run.ledger.deadline, (halt) =>
      this.haltWith(halt),
    );
    const steps = runLoop(this.#context(run), run.left);
    try {
      await this.#store(run.opening);
      this.#begun = true;
      this.#asks.push(...run.asks);
      this.#inbox.begin(run.waiting, run.lastQueued);
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
    const { model } = this.#parts;
    return {
      runId: this.id,
      sessionId: this.#sessionId,
      model,
      policy: () => run.taint.policy,
      taint: run.taint.mark,
      decide: run.decide,
      instructions: run.instructions,
      tools: run.tools,
      output: run.output,
      repairs: { left: outputRepairs },
      seed: run.seed,
      messages: run.messages,
      turn: { number: run.turns },
      ledger: run.ledger,
      tally: run.tally,
      kept: run.kept,
      approvals: this.#approvals,
      approvalState: run.approvalState,
      people: run.people,
      answers: this.#order.answers ?? {},
      outbox: this.#outbox,
      inbox: this.#inbox,
      asks: this.#asks,
      callIds: run.state.callIds,
      signal: this.#halt.signal,
      hooks: this.#hooks,
      store: this.#parts.store,
      childWaits: (pending) => this.#waitFor(pending),
      emit: (body) => this.#show(body),
      now: Date.now,
      replayed: this.#order.timeless === true,
    };
  }

  async #store(bodies: readonly DurableBody[], last = false): Promise<void> {
    const before = this.#seq;
    const events = bodies.map((body, i) => this.#stamp(this.#masked.store(body), before + 1 + i));
    await this.#writer?.append(before, events, last);
    this.#seq = before + events.length;
    if (this.#state) foldEvents(this.#state, events);
    const newest = events.at(-1);
    if (last && this.#state && newest) this.#parts.memory?.keep(this.#parts.store, this.#state, newest);
    for (const event of events) {
      this.#publish(event);
      this.#watcher?.(event);
    }
  }

  #show(body: EphemeralBody): void {
    if (!this.#ended) this.#masked.show(body);
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
    await this.#writer?.close();
    await this.#tellHooks(failure ?? ended, turns);
    this.#ended = true;
    this.#readers.close();
    return this.#notes.result(failure ?? ended, { runId: this.id, sessionId: this.#sessionId });
  }

  async #tellHooks(ended: RunEnded, turn: number): Promise<void> {
    const at = { runId: this.id, sessionId: this.#sessionId, turn, signal: new AbortController().signal };
    for (const hook of this.#hooks) {
      const { afterRun } = hook;
      if (afterRun) await inTime(hook, 'afterRun', () => afterRun(ended, at), at).catch(warn);
    }
  }

  /** Stores the end of a run that began. Where the store has failed, readers at least see it. */
  async #keepEnd(ended: RunEnded): Promise<RunEnded | undefined> {
    try {
      if (this.#begun) await this.#store([ended], true);
      else this.#publish(this.#stamp(ended, this.#seq + 1));
      return undefined;
    } catch (error) {
      const failed: RunEnded =
        ended.reason === 'failed' ? ended : { ...ended, reason: 'failed', error: asFailure(error).toJSON() };
      this.#publish(this.#stamp(failed, this.#seq + 1));
      return failed;
    }
  }
}

function lastText({ messages }: PreparedRun): string {
  const last = messages.findLast((message) => message.role !== 'tool');
  if (last?.role !== 'assistant') return '';
  return last.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function asFailure(error: unknown): CapstanError {
  if (isCapstanError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new CapstanError('invalid_config', `The run could not go on: ${why}`, {}, { cause: error });
}
