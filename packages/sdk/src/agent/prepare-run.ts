import { randomInt } from 'node:crypto';
import type { Policy } from '@capstan/policy';
import { Ledger } from '../budget/ledger.ts';
import { toMicros } from '../budget/micros.ts';
import type { Budget } from '../contract/budget.ts';
import { CapstanError } from '../contract/errors.ts';
import type { DurableBody, RunStarted } from '../contract/event.ts';
import type { Hook } from '../contract/hook.ts';
import type { Instructions } from '../contract/instructions.ts';
import type { Message, UserMessage } from '../contract/message.ts';
import type { Model } from '../contract/model.ts';
import type { PatchSummary } from '../contract/patch.ts';
import type { People } from '../contract/people.ts';
import type { Answers, RunInput } from '../contract/run.ts';
import type { Schema } from '../contract/schema.ts';
import type { RunStore } from '../contract/store.ts';
import type { Tool } from '../contract/tool.ts';
import type { LoopContext } from '../loop/context.ts';
import { throughHooks } from '../loop/hooks.ts';
import type { ParentCall } from '../loop/parent-call.ts';
import type { OpenCall } from '../loop/decide-call.ts';
import { lostResult } from '../loop/decide-call.ts';
import type { Waiting } from '../loop/inbox.ts';
import type { KeptOutputs } from '../loop/kept-outputs.ts';
import type { LeftToDo } from '../loop/loop.ts';
import type { Outbox } from '../loop/outbox.ts';
import { prepareSchema } from '../loop/prepare-schema.ts';
import { prepareTools } from '../loop/prepare-tools.ts';
import type { PreparedTool } from '../loop/prepare-tools.ts';
import { failedResult } from '../loop/result-message.ts';
import { sha256 } from '../loop/sha256.ts';
import { Tally } from '../loop/tally.ts';
import type { Checker } from '../loop/checker.ts';
import type { FoldedCall, FoldedRun, SessionState } from '../session/fold.ts';
import { emptySession, foldEvents } from '../session/fold.ts';
import { version } from '../version.ts';
import type { SessionMemory } from './session-memory.ts';
import type { Taint } from './taint.ts';
import { currentPolicy, taintOf } from './taint.ts';
import { patchOf } from './run-notes.ts';

/** What an agent gives each of its runs. */
export interface AgentParts {
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly policy: Policy | (() => Policy);
  readonly budget?: Budget;
  readonly store: RunStore;
  readonly instructions?: string | Instructions;
  readonly output?: Schema | undefined;
  readonly hooks?: readonly Hook[];
  readonly memory?: SessionMemory;
}

/** The parts of an agent whose instructions are a text. */
export type ToldParts = Omit<AgentParts, 'instructions'> & { readonly instructions?: string };

/** What one run is asked: new words in a session, or to go on where a run was left. */
export interface RunOrder {
  readonly runId: string;
  readonly sessionId?: string;
  readonly input?: RunInput;
  readonly budget?: Budget;
  readonly answers?: Answers;
  readonly signal?: AbortSignal;
  readonly people?: People;
  /** The call of another agent that this run serves. */
  readonly parent?: ParentCall;
  /** Default: a random one. */
  readonly seed?: number;
  /** Replaces the way events take from concurrent work to the store. */
  readonly outbox?: Outbox;
  /** Nothing is asked: what was said before is summed up. */
  readonly compacts?: true;
  /** The run is a replay: no clock ends or delays it. */
  readonly timeless?: true;
}

/** A run ready to begin. */
export interface PreparedRun {
  readonly sessionId: string;
  /** The fold of the session's log; the run folds its own events onto it as they are stored. */
  readonly state: SessionState;
  /** The conversation as the loop goes on with it. */
  readonly messages: Message[];
  readonly tools: ReadonlyMap<string, PreparedTool>;
  /** Loaded with the first run, since it brings a shell grammar along. */
  readonly decide: LoopContext['decide'];
  readonly taint: Taint;
  readonly approvalState: LoopContext['approvalState'];
  readonly people: People;
  readonly output: Checker | undefined;
  readonly instructions: string | undefined;
  readonly kept: KeptOutputs;
  readonly ledger: Ledger;
  readonly tally: Tally;
  /** Turns of earlier lives of the run. */
  readonly turns: number;
  readonly seed: number;
  readonly patches: PatchSummary[];
  /** Stored before the loop begins. */
  readonly opening: readonly DurableBody[];
  readonly left: LeftToDo;
  /** Words that join the conversation before the next model call. */
  readonly asks: readonly string[];
  /** Words of the user that an earlier life of the run left waiting, and the id of the last that came. */
  readonly waiting: readonly Waiting[];
  readonly lastQueued: number;
}

/** What a run is prepared with. */
export interface Preparation {
  readonly now: () => number;
  /** Takes the session for this run alone, before it is read. */
  readonly take: (sessionId: string) => Promise<void>;
}

/** Takes and reads the session, prepares the tools and works out how the run begins. */
export async function prepareRun(parts: ToldParts, order: RunOrder, { now, take }: Preparation): Promise<PreparedRun> {
  const sessionId = order.sessionId ?? (await parts.store.sessionOf(order.runId)) ?? missing(order.runId);
  await take(sessionId);
  const [{ decide, tainted, approvalState }, { keepOutputs }, tools, output, { state, patches }] = await Promise.all([
    import('@capstan/policy'),
    import('../loop/kept-outputs.ts'),
    prepareTools(parts.tools),
    parts.output ? prepareSchema(parts.output, 'the output') : undefined,
    readSession(parts, order, sessionId),
  ]);
  const before = order.input === undefined && !order.compacts ? resumable(state, order.runId) : undefined;
  const budget = { ...parts.budget, ...before?.started.budget, ...order.budget };
  const seed = order.seed ?? before?.started.seed ?? randomInt(2 ** 31 - 1);
  const ledger = new Ledger(budget, {
    ...(order.parent ? { parent: order.parent.ledger } : {}),
    now,
    startedAt: now() - (before ? before.activeMs + before.lastAt - before.startedAt : 0),
  });
  const tally = new Tally();
  if (before) takeUp(before, ledger, tally);
  const people = before?.started.people ?? order.people ?? order.parent?.people ?? {};
  const started: RunStarted = {
    type: 'run.started',
    model: parts.model.id,
    tools: [...tools.keys()],
    policy: currentPolicy(parts.policy).name,
    budget,
    versions: { node: process.version, capstan: version },
    hashes: {
      instructions: sha256(parts.instructions ?? ''),
      tools: sha256(JSON.stringify([...tools.values()].map((each) => each.spec))),
      policy: sha256(JSON.stringify(currentPolicy(parts.policy))),
    },
    seed,
    ...(order.parent ? { parent: order.parent.runId } : {}),
    ...(people.owner === undefined && !people.alone ? {} : { people }),
  };
  const taint = taintOf(parts.policy, tainted, {
    tainted: state.tainted,
    messages: state.messages,
    tools: parts.tools,
    above: order.parent?.taint,
  });
  const common = {
    decide,
    taint,
    approvalState,
    people,
    sessionId,
    state,
    messages: [...state.messages],
    tools,
    output,
    instructions: parts.instructions,
    kept: keepOutputs(sessionId),
    ledger,
    tally,
    seed,
    patches,
    turns: before?.turns ?? 0,
    waiting: [...(before?.queued ?? [])],
    lastQueued: before?.lastQueued ?? 0,
  };
  if (before) return { ...common, ...goOn(state, started, order.answers ?? {}) };
  if (order.compacts) return { ...common, ...sumUp(common, started) };
  const message = await hookedInput(parts.hooks ?? [], order, sessionId);
  return { ...common, ...begin(common, started, message) };
}

/** A new run needs the state alone, which the agent may remember; one that resumes also has patches of its own. */
async function readSession(
  { store, memory }: AgentParts,
  order: RunOrder,
  sessionId: string,
): Promise<{ readonly state: SessionState; readonly patches: PatchSummary[] }> {
  if (order.input !== undefined && memory) return { state: await memory.recall(store, sessionId), patches: [] };
  const events = await store.read(sessionId);
  const mine = events.filter((event) => event.runId === order.runId);
  const patches = mine.flatMap(({ ...event }) => (event.type === 'patch.created' ? [patchOf(event)] : []));
  return { state: foldEvents(emptySession(), events), patches };
}

function missing(runId: string): never {
  throw new CapstanError('not_found', `There is no run ${runId} in the store. List the sessions to find it.`, {
    where: runId,
  });
}

function resumable({ run }: SessionState, runId: string): FoldedRun {
  if (!run || run.runId !== runId) {
    throw new CapstanError(
      'conflict',
      `Run ${runId} is not the newest of its session. Continue the session with agent.run instead.`,
      { where: runId },
    );
  }
  if (run.ended?.reason === 'done') {
    throw new CapstanError('conflict', `Run ${runId} is done. Continue its session with agent.run instead.`, {
      where: runId,
    });
  }
  return run;
}

function takeUp(run: FoldedRun, ledger: Ledger, tally: Tally): void {
  const micros = run.costUsd === undefined ? undefined : toMicros(run.costUsd);
  ledger.recount({ turns: run.turns + run.childTurns, toolCalls: run.toolCalls });
  ledger.spend({ micros: micros ?? 0, tokens: run.usage.inputTokens + run.usage.outputTokens });
  tally.add(run.usage, micros);
}

/** Thrown when a hook forbids a run before it begins. */
export class RunVetoed extends Error {}

async function hookedInput(hooks: readonly Hook[], order: RunOrder, sessionId: string): Promise<UserMessage> {
  const { input = '', runId, signal = new AbortController().signal } = order;
  const parts = typeof input === 'string' ? [{ type: 'text' as const, text: input }] : input;
  const said: UserMessage = { role: 'user', parts };
  // What a replay is given has been through the hooks already.
  if (order.timeless) return said;
  const message = await throughHooks(hooks, 'beforeRun', said, { runId, sessionId, turn: 0, signal });
  if ('veto' in message) throw new RunVetoed(message.veto);
  return message;
}

type Beginning = Pick<PreparedRun, 'opening' | 'left' | 'asks'>;

/** A new run: calls that an earlier run left open get their result, then comes the user's message. */
function begin(
  { state, messages }: Pick<PreparedRun, 'state' | 'messages'>,
  started: RunStarted,
  message: UserMessage,
): Beginning {
  const closing = state.open.map((each) => each.result ?? abandoned(each));
  messages.push(...closing, message);
  const added = [...closing, message].map((each) => ({ type: 'message.added', message: each }) as const);
  return { opening: [{ ...started, input: message }, ...added], left: { open: [] }, asks: [] };
}

/** A run that only sums up: calls that were left open get their results, so that none is parted from its call. */
function sumUp({ state, messages }: Pick<PreparedRun, 'state' | 'messages'>, started: RunStarted): Beginning {
  if (state.messages.length === 0)
    throw new CapstanError('not_found', 'Nothing was said in this session yet, so there is nothing to sum up.');
  const closing = state.open.map((each) => each.result ?? abandoned(each));
  messages.push(...closing);
  const added = closing.map((message) => ({ type: 'message.added', message }) as const);
  return { opening: [{ ...started, compacts: true }, ...added], left: { open: [], compacts: true }, asks: [] };
}

function abandoned({ call, started }: FoldedCall) {
  if (started) return failedResult(call, lostResult, { interrupted: true });
  return failedResult(call, 'Not run: the conversation went on without it.', { interrupted: true });
}

/** A resumed run: open calls are settled first, with the answers given. */
function goOn(state: SessionState, started: RunStarted, answers: Answers): Beginning {
  for (const callId of Object.keys(answers)) {
    // A call that had started may be a sub-agent's, whose own calls wait.
    if (!state.open.some((each) => each.started || (each.call.callId === callId && each.requested))) {
      throw new CapstanError('not_found', `No call ${callId} waits for approval in this run.`, { where: callId });
    }
  }
  const used = state.run?.open;
  const last = state.messages.at(-1);
  const opening = [{ ...started, resumed: true as const }];
  const left = { open: state.open.map(openCall), used };
  if (last?.role !== 'assistant' || left.open.length > 0) return { opening, left, asks: [] };
  if (last.interrupted || !used) return { opening, left, asks: ['Go on from where you were interrupted.'] };
  const reply = { kind: 'message', message: last, stopReason: 'end', clamped: undefined, ...used } as const;
  return { opening, left: { ...left, reply }, asks: [] };
}

function openCall({ call, requested, approvedBy, denied, started, result }: FoldedCall): OpenCall {
  if (result) return { call, known: result };
  if (started) return { call, known: 'started' };
  if (denied) return { call, known: failedResult(call, `Denied by ${denied.by}. ${denied.reason ?? ''}`.trim()) };
  if (!requested) return { call };
  const { approvals, shown, expiresAt } = requested;
  return { call, asked: { approvals, approvedBy: [...approvedBy], shown, expiresAt } };
}
