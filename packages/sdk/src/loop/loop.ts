import { noUsage } from '../budget/usage.ts';
import type { BudgetLimit } from '../contract/budget.ts';
import { CapstanError } from '../contract/errors.ts';
import type { DurableBody, RunReason, TurnEnded } from '../contract/event.ts';
import type { Json } from '../contract/json.ts';
import type { AssistantMessage, UserMessage } from '../contract/message.ts';
import type { ModelRequest, StopReason } from '../contract/model.ts';
import type { ModelOutcome } from './call-model.ts';
import { callModel } from './call-model.ts';
import { checkOutput } from './check-output.ts';
import type { LoopContext } from './context.ts';
import { haltOf } from './context.ts';
import type { OpenCall } from './decide-call.ts';
import { fitContext, type FitReason } from './fit-context.ts';
import { hookContext, throughHooks, wordsAfterTurn, wordsBeforeTurn } from './hooks.ts';
import { settleCalls } from './settle-calls.ts';
import { uniqueCalls } from './unique-calls.ts';

/** How a run ends, but for what it used. */
export interface Ending {
  readonly reason: RunReason;
  readonly output?: Json;
  readonly error?: CapstanError;
  readonly limit?: BudgetLimit;
  readonly stopped?: string;
}

type Steps<T> = AsyncGenerator<readonly DurableBody[], T>;

/**
 * The model–tool loop: call the model, settle its calls, go round until it has no more to do.
 *
 * Yields what must be stored before it goes on. What a run can meet ends the loop with a reason; it never throws for it.
 *
 * @param left What an earlier life of the run left to do.
 */
export async function* runLoop(context: LoopContext, left: LeftToDo = nothing): Steps<Ending> {
  let calls = left.open;
  let stopReason: StopReason = 'tools';
  let { used } = left;
  if (left.compacts) {
    yield* fit(context, 'asked');
    return halt(context) ?? { reason: 'done' };
  }
  if (left.reply) {
    const ending = yield* endTurn(context, left.reply);
    if (ending) return ending;
  }
  for (;;) {
    if (calls.length > 0) {
      const settled = yield* context.outbox.during(settleCalls(context, calls, stopReason === 'length'));
      if (used) yield* closeTurn(context, turnEnded(context, used, stopReason));
      const halted = halt(context);
      if (halted) return halted;
      if (settled.pending.length > 0) return { reason: 'approval' };
      if (settled.limit) return { reason: 'budget', limit: settled.limit };
    }
    yield* takeWords(context);
    const vetoed = yield* openTurn(context);
    if (vetoed) return vetoed;
    const limit = context.ledger.startTurn();
    if (limit) return { reason: 'budget', limit };
    yield [{ type: 'turn.started', turn: ++context.turn.number }];
    const outcome = withUniqueCalls(context, yield* oneReply(context));
    if (outcome.kind !== 'message') {
      yield* cutTurn(context, outcome);
      return halt(context) ?? endingOf(outcome);
    }
    ({ stopReason } = outcome);
    used = outcome;
    yield [addAssistant(context, outcome)];
    calls = callsOf(outcome.message);
    if (calls.length > 0) continue;
    const ending = yield* endTurn(context, outcome);
    if (ending) return ending;
  }
}

function withUniqueCalls<T extends ModelOutcome | Vetoed>({ callIds }: LoopContext, outcome: T): T {
  return outcome.kind === 'message' ? { ...outcome, message: uniqueCalls(outcome.message, callIds) } : outcome;
}

/** Gets one reply, keeping the conversation inside the model's window before it and when the vendor says it is not. */
async function* oneReply(context: LoopContext): Steps<ModelOutcome | Vetoed> {
  yield* fit(context, 'window');
  const first = yield* context.outbox.during(hookedCall(context));
  const overflown = first.kind === 'failed' && first.error.code === 'context_overflow';
  if (!overflown || !(yield* fit(context, 'overflow'))) return first;
  return yield* context.outbox.during(hookedCall(context));
}

async function* fit(context: LoopContext, why: FitReason): Steps<boolean> {
  const compacted = yield* context.outbox.during(fitContext(context, why));
  if (compacted) yield [compacted];
  return compacted !== undefined;
}

/** A hook forbade the model call. */
interface Vetoed extends Used {
  readonly kind: 'vetoed';
  readonly words: string;
  readonly partial?: undefined;
}

async function hookedCall(context: LoopContext): Promise<ModelOutcome | Vetoed> {
  const { hooks } = context;
  if (hooks.length === 0) return callModel(context, requestOf(context));
  const at = hookContext(context);
  const request = await throughHooks(hooks, 'beforeModel', requestOf(context), at);
  if ('veto' in request) return { kind: 'vetoed', words: request.veto, usage: noUsage, costUsd: 0 };
  const outcome = await callModel(context, request);
  // What a replay's model says has been through the hooks already.
  if (outcome.kind !== 'message' || context.replayed) return outcome;
  const message = await throughHooks(hooks, 'afterModel', outcome.message, at);
  return 'veto' in message ? outcome : { ...outcome, message };
}

/** What a run that was cut off left to do: calls without a result, or a last reply that was never taken in. */
export interface LeftToDo {
  readonly open: readonly OpenCall[];
  /** What the model call of the open turn used. */
  readonly used?: Used | undefined;
  readonly reply?: Finished | undefined;
  /** Nothing is left but to sum up what was said. */
  readonly compacts?: true;
}

const nothing: LeftToDo = { open: [] };

/** Ends a turn without calls; gives the run's ending unless there is more to do. */
async function* endTurn(context: LoopContext, reply: Finished): Steps<Ending | undefined> {
  yield* closeTurn(context, turnEnded(context, reply, reply.stopReason));
  const halted = halt(context);
  if (halted) return halted;
  if (context.asks.length > 0 || context.inbox.urgent || reply.stopReason === 'pause') return undefined;
  const ending = await finish(context, reply);
  if (!ending) return undefined;
  yield* context.outbox.flush();
  if (ending.reason === 'done' && (context.inbox.urgent || (yield* takeQueued(context)))) return undefined;
  context.inbox.close();
  return ending;
}

/** Takes the words that waited for the work at hand to be done; tells whether there were any. */
async function* takeQueued(context: LoopContext): Steps<boolean> {
  const words = context.inbox.take('run');
  if (words) yield [joined(context, words.text, words.id)];
  return words !== undefined;
}

/** What hooks say before a turn: words that join the conversation, or that there is to be no turn. */
async function* openTurn(context: LoopContext): Steps<Ending | undefined> {
  if (context.hooks.length === 0) return undefined;
  const said = await wordsBeforeTurn(context);
  for (const text of said.add) yield [joined(context, text)];
  return said.veto === undefined ? undefined : { reason: 'stopped', stopped: said.veto };
}

/** Ends a turn in the log, warns of limits, and takes up what hooks have to say to it. */
async function* closeTurn(context: LoopContext, ended: TurnEnded): Steps<void> {
  yield [ended];
  yield* warnings(context);
  if (context.hooks.length > 0) context.asks.push(...(await wordsAfterTurn(context, ended)));
}

function requestOf({ instructions, messages, tools, kept, output, seed }: LoopContext): ModelRequest {
  const specs = [...tools.values()].map((each) => each.spec);
  if (kept.any()) specs.push(kept.spec);
  return {
    ...(instructions === undefined ? {} : { instructions }),
    messages,
    tools: specs,
    ...(output ? { output: output.jsonSchema } : {}),
    seed,
  };
}

/** Adds the words that wait for the next model call. */
async function* takeWords(context: LoopContext): Steps<void> {
  for (const text of context.asks.splice(0)) yield [joined(context, text)];
  yield* context.outbox.flush();
  for (let words = context.inbox.take('calls'); words; words = context.inbox.take('calls')) {
    yield [joined(context, words.text, words.id)];
    yield* context.outbox.flush();
  }
}

/** Adds words to the conversation as a user's. */
function joined({ messages }: LoopContext, text: string, queued?: number): DurableBody {
  const message: UserMessage = { role: 'user', parts: [{ type: 'text', text }] };
  messages.push(message);
  return { type: 'message.added', message, ...(queued === undefined ? {} : { queued }) };
}

function addAssistant(context: LoopContext, outcome: Finished): DurableBody {
  const { message, usage, costUsd } = outcome;
  context.messages.push(message);
  return { type: 'message.added', message, usage, ...(costUsd === undefined ? {} : { costUsd }) };
}

function callsOf(message: AssistantMessage): readonly OpenCall[] {
  return message.parts.flatMap((part) => (part.type === 'call' ? [{ call: part }] : []));
}

type Used = Pick<ModelOutcome, 'usage' | 'costUsd'>;
type Finished = ModelOutcome & { readonly kind: 'message' };

function turnEnded(context: LoopContext, { usage, costUsd }: Used, stopReason: StopReason | 'interrupted'): TurnEnded {
  const turn = context.turn.number;
  return { type: 'turn.ended', turn, usage, ...(costUsd === undefined ? {} : { costUsd }), stopReason };
}

/** Keeps what came of a reply that did not come to its end. */
async function* cutTurn(
  context: LoopContext,
  outcome: Exclude<ModelOutcome | Vetoed, { kind: 'message' }>,
): Steps<void> {
  if (outcome.partial) {
    context.messages.push(outcome.partial);
    yield [{ type: 'message.added', message: outcome.partial }, turnEnded(context, outcome, 'interrupted')];
  } else yield [turnEnded(context, outcome, 'interrupted')];
}

/** Tells each limit that is 80 % spent, once. */
async function* warnings(context: LoopContext): Steps<void> {
  const warned = context.ledger.warnings();
  if (warned.length > 0) yield warned.map((warning) => ({ type: 'budget.warned', ...warning }) as const);
}

function halt({ signal }: LoopContext): Ending | undefined {
  const reason = haltOf(signal);
  if (!reason) return undefined;
  if (reason.kind === 'budget') return { reason: 'budget', limit: reason.limit };
  return { reason: 'stopped', ...(reason.words === undefined ? {} : { stopped: reason.words }) };
}

function endingOf(outcome: Exclude<ModelOutcome | Vetoed, { kind: 'message' }>): Ending {
  switch (outcome.kind) {
    case 'vetoed':
      return { reason: 'stopped', stopped: outcome.words };
    case 'budget':
      return { reason: 'budget', limit: outcome.limit };
    case 'failed':
      return { reason: 'failed', error: outcome.error };
    case 'cut':
      return { reason: 'stopped' };
    default:
      return outcome satisfies never;
  }
}

/** Ends a run whose model has no more calls, or asks it once more when its output does not fit the schema. */
async function finish(context: LoopContext, outcome: Finished): Promise<Ending | undefined> {
  if (outcome.stopReason === 'refusal') return { reason: 'failed', error: refused(context.model.id) };
  if (outcome.stopReason === 'length' && outcome.clamped) return { reason: 'budget', limit: outcome.clamped };
  if (!context.output) return { reason: 'done' };
  const checked = await checkOutput(context.output, outcome.message);
  if (checked.issues === undefined) return { reason: 'done', output: checked.value as Json };
  if (context.repairs.left-- > 0) {
    context.asks.push(checked.ask);
    return undefined;
  }
  return { reason: 'failed', error: new CapstanError('model_failed', checked.ask, { model: context.model.id }) };
}

function refused(model: string): CapstanError {
  return new CapstanError('model_failed', `${model} refused to answer. Rephrase the task or use another model.`, {
    model,
  });
}
