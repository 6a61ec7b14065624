import { askAlways } from '../agent/ask-always.ts';
import type { AgentOptions } from '../agent/create-agent.ts';
import { openInstructions } from '../agent/open-instructions.ts';
import type { AgentParts } from '../agent/prepare-run.ts';
import { LiveRun } from '../agent/live-run.ts';
import { CapstanError } from '../contract/errors.ts';
import type {
  ApprovalGiven,
  DurableEvent,
  MessageAdded,
  MessageQueued,
  RunEnded,
  RunStarted,
} from '../contract/event.ts';
import type { ToolMessage } from '../contract/message.ts';
import type { Answer, Answers } from '../contract/run.ts';
import type { Schema } from '../contract/schema.ts';
import type { RunStore } from '../contract/store.ts';
import type { Tool } from '../contract/tool.ts';
import type { Halt } from '../loop/context.ts';
import { answerApproval } from '../session/answer-approval.ts';
import { memoryStore } from '../session/memory-store.ts';
import { Conductor } from './conductor.ts';
import type { Difference } from './first-difference.ts';
import { isCompared } from './normal-event.ts';
import { OrderedOutbox } from './ordered-outbox.ts';
import { recordedModel } from './recorded-model.ts';
import { recordedTools } from './recorded-tools.ts';

/** How a replay came out. */
export type ReplayVerdict =
  | { readonly same: true; readonly events: number }
  | { readonly same: false; readonly difference: Difference };

/**
 * Runs a kept run again, with the model's replies, the tools' results and the people's answers as they were recorded, and
 * compares what comes out event by event. Times may differ; anything else is a difference, and the first is named: a
 * changed prompt, tool or policy shows at the start of the run.
 *
 * No model is called and no tool is executed. `hooks` do run.
 *
 * @param log The events of the run's session, as a store gives them, to the end of the run or further.
 * @param options What the agent is made of today: its model's id, info and token count, its tools' schemas, its policy and words.
 * @throws {CapstanError} `not_found` if the log has no such run.
 */
export async function replay(
  log: readonly DurableEvent[],
  runId: string,
  options: AgentOptions<Schema | undefined>,
): Promise<ReplayVerdict> {
  const from = log.findIndex((event) => event.runId === runId && event.type === 'run.started');
  const recorded = log.filter((event) => event.runId === runId && isCompared(event));
  const first = recorded[0];
  if (from < 0 || first?.type !== 'run.started') {
    throw new CapstanError('not_found', `The log has no run ${runId}.`, { where: runId });
  }
  const { tools = [], policy = askAlways } = options;
  const given = { ...options, policy, tools: tools as readonly Tool[], store: memoryStore() };
  const parts = await openInstructions(given, new AbortController().signal);
  const stage = new Stage(recorded, parts, runId);
  const difference = await stage.play(log.slice(0, from), first);
  return difference ? { same: false, difference } : { same: true, events: recorded.length };
}

/** A replay waits for nothing outside itself, so silence means that the record cannot go on. */
const stalledMs = 10_000;

/** Plays the lives of one run: the first, and each that resumed it. */
class Stage {
  readonly #parts: AgentParts;
  readonly #runId: string;
  readonly #conductor: Conductor;
  #live: LiveRun | undefined;
  #died = false;
  /** What people said that was said again. */
  readonly #said = new Set<DurableEvent>();

  constructor(recorded: readonly DurableEvent[], parts: AgentParts, runId: string) {
    this.#runId = runId;
    this.#conductor = new Conductor(recorded, (next) => this.#prompt(next));
    const halt = (ended: RunEnded) => this.#live?.haltWith(haltOf(ended));
    const tools = recordedTools(parts.tools, recorded, this.#conductor, halt);
    this.#parts = {
      ...parts,
      tools,
      model: recordedModel(parts.model, this.#conductor, halt),
      store: this.#mortal(parts.store),
    };
  }

  async play(before: readonly DurableEvent[], first: RunStarted & DurableEvent): Promise<Difference | undefined> {
    const { store } = this.#parts;
    if (before.length > 0) await store.append(first.sessionId, 0, before);
    const common = {
      runId: this.#runId,
      budget: first.budget,
      seed: first.seed,
      people: first.people ?? {},
      timeless: true,
    } as const;
    for (let next = this.#conductor.next; next; next = this.#conductor.next) {
      if (next.type === 'approval.given') await this.#answerBetween(next);
      else if (next.type !== 'run.started') break;
      else if (next.resumed)
        await this.#life({ ...common, budget: next.budget, answers: answersFrom(this.#conductor.rest) });
      else {
        const asked = next.compacts ? ({ compacts: true } as const) : { input: next.input?.parts ?? [] };
        await this.#life({ ...common, sessionId: first.sessionId, ...asked });
      }
      if (this.#conductor.difference) return this.#conductor.difference;
    }
    const missing = this.#conductor.next;
    return missing && { seq: missing.seq, recorded: missing };
  }

  /** An answer that was kept while the run was paused. */
  async #answerBetween({ callId, verdict, by, reason, sessionId }: DurableEvent & ApprovalGiven): Promise<void> {
    const { store } = this.#parts;
    const answer = { verdict, by, ...(reason === undefined ? {} : { reason }) } as Answer;
    await answerApproval(store, this.#runId, callId, answer);
    const given = (await store.read(sessionId)).at(-1);
    if (given) this.#conductor.take(given);
  }

  /** A store that fails once the record says that the process died here. */
  #mortal(store: RunStore): RunStore {
    return {
      ...store,
      append: async (...addition) => {
        if (this.#died) throw new CapstanError('store_failed', 'The recorded process died here.');
        await store.append(...addition);
      },
    };
  }

  /** Lives one life of the run; ends it at the first event that differs, and where nothing more can come. */
  async #life(order: ConstructorParameters<typeof LiveRun>[1]): Promise<void> {
    const outbox = new OrderedOutbox(this.#conductor);
    const end = this.#conductor.rest.find((event) => event.type === 'run.ended');
    // A life that paused let go of what waited; any other waited until it was answered, stopped or dead.
    const approvals = end?.type === 'run.ended' && end.reason === 'approval' ? 'pause' : 'wait';
    const live = new LiveRun(this.#parts, { ...order, approvals, outbox });
    this.#live = live;
    this.#died = false;
    this.#conductor.begin();
    const giveUp = () => this.#cut('the replay does not come to the next recorded event');
    let stalled = setTimeout(giveUp, stalledMs);
    live.watch((event) => {
      clearTimeout(stalled);
      stalled = setTimeout(giveUp, stalledMs);
      if (isCompared(event) && !this.#conductor.take(event)) this.#cut('the replay differs');
    });
    await live.result;
    clearTimeout(stalled);
  }

  #cut(words: string): void {
    this.#conductor.end();
    this.#live?.haltWith({ kind: 'stop', words });
  }

  /** Says what people said, when the record has it next: at one go, since they may have said it in one breath. */
  #prompt(next: DurableEvent): void {
    if (next.type === 'run.started') {
      this.#died = true;
      this.#cut('the recorded process died here');
      return;
    }
    if (isStoppedWaiting(next) && this.#live?.waitsFor(next.message.callId)) {
      const end = this.#conductor.rest.find((event) => event.type === 'run.ended');
      if (end?.type === 'run.ended') this.#live.haltWith(haltOf(end));
    }
    for (const said of this.#conductor.rest) {
      if (said.type !== 'message.queued' && said.type !== 'approval.given') return;
      if (this.#said.has(said)) continue;
      this.#said.add(said);
      this.#say(said);
    }
  }

  /** Tells whether the run could hear it. */
  #say(next: DurableEvent & (ApprovalGiven | MessageQueued)): boolean {
    if (next.type === 'message.queued') {
      if (next.after === 'run') this.#live?.queue(next.text);
      else this.#live?.steer(next.text);
      return true;
    }
    const { callId, verdict, by, reason } = next;
    if (!this.#live?.waitsFor(callId)) return false;
    if (verdict === 'approved') this.#live.approve(callId, { by });
    else this.#live.deny(callId, { by, ...(reason === undefined ? {} : { reason }) });
    return true;
  }
}

/** Tells the result of a call that waited for people when the run was stopped. */
function isStoppedWaiting(
  event: DurableEvent,
): event is DurableEvent & MessageAdded & { readonly message: ToolMessage } {
  return event.type === 'message.added' && event.message.role === 'tool' && event.message.interrupted === true;
}

/** The answers a resumed life was started with: those that no question of that life came before. */
function answersFrom(rest: readonly DurableEvent[]): Answers {
  const end = rest.findIndex((event) => event.type === 'run.ended');
  const life = end < 0 ? rest : rest.slice(0, end);
  const asked = new Set<string>();
  const answers: Record<string, Answers[string]> = {};
  for (const event of life) {
    if (event.type === 'approval.requested') asked.add(event.callId);
    if (event.type !== 'approval.given' || asked.has(event.callId)) continue;
    const { callId, verdict, by, reason } = event;
    answers[callId] =
      verdict === 'approved' ? { verdict, by } : { verdict, by, ...(reason === undefined ? {} : { reason }) };
  }
  return answers;
}

function haltOf({ reason, limit, stopped }: RunEnded): Halt {
  if (reason === 'budget' && limit) return { kind: 'budget', limit };
  return { kind: 'stop', ...(stopped === undefined ? {} : { words: stopped }) };
}
