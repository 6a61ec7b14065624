import type { BudgetLimit } from '../contract/budget.ts';
import { CapstanError } from '../contract/errors.ts';
import type { DurableBody, RunReason } from '../contract/event.ts';
import type { Json } from '../contract/json.ts';
import type { AssistantMessage, UserMessage } from '../contract/message.ts';
import type { ModelRequest, StopReason } from '../contract/model.ts';
import type { ModelOutcome } from './call-model.ts';
import { callModel } from './call-model.ts';
import { checkOutput } from './check-output.ts';
import type { LoopContext } from './context.ts';
import { haltOf } from './context.ts';
import type { OpenCall } from './decide-call.ts';
import { fitContext } from './fit-context.ts';
import { hookContext, throughHooks } from './hooks.ts';
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
  if (left.reply) {
    const ending = yield* endTurn(context, left.reply);
    if (ending) return ending;
  }
  for (;;) {
    if (calls.length > 0) {
      const settled = yield* context.outbox.during(settleCalls(context, calls, stopReason === 'length'));
      if (used) yield [turnEnded(context, used, stopReason)];
      yield* warnings(context);
      const halted = halt(context);
      if (halted) return halted;
      if (settled.pending.length > 0) return { reason: 'approval' };
      if (settled.limit) return { reason: 'budget', limit: settled.limit };
    }
    yield* takeSteers(context);
    const limit = context.ledger.startTurn();
    if (limit) return { reason: 'budget', limit };
    yield [{ type: 'turn.started', turn: context.ledger.turns }];
    const outcome = withUniqueCalls(yield* oneReply(context));
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

function withUniqueCalls(outcome: ModelOutcome): ModelOutcome {
  return outcome.kind === 'message' ? { ...outcome, message: uniqueCalls(outcome.message) } : outcome;
}

/** Gets one reply, keeping the conversation inside the model's window before it and when the vendor says it is not. */
async function* oneReply(context: LoopContext): Steps<ModelOutcome> {
  yield* fit(context, false);
  const first = yield* context.outbox.during(hookedCall(context));
  const overflown = first.kind === 'failed' && first.error.code === 'context_overflow';
  if (!overflown || !(yield* fit(context, true))) return first;
  return yield* context.outbox.during(hookedCall(context));
}

async function* fit(context: LoopContext, forced: boolean): Steps<boolean> {
  const compacted = yield* context.outbox.during(fitContext(context, forced));
  if (compacted) yield [compacted];
  return compacted !== undefined;
}

async function hookedCall(context: LoopContext): Promise<ModelOutcome> {
  const { hooks } = context;
  if (hooks.length === 0) return callModel(context, requestOf(context));
  const at = hookContext(context);
  const outcome = await callModel(context, await throughHooks(hooks, 'beforeModel', requestOf(context), at));
  if (outcome.kind !== 'message') return outcome;
  return { ...outcome, message: await throughHooks(hooks, 'afterModel', outcome.message, at) };
}

/** What a run that was cut off left to do: calls without a result, or a last reply that was never taken in. */
export interface LeftToDo {
  readonly open: readonly OpenCall[];
  /** What the model call of the open turn used. */
  readonly used?: Used | undefined;
  readonly reply?: Finished | undefined;
}

const nothing: LeftToDo = { open: [] };

/** Ends a turn without calls; gives the run's ending unless there is more to do. */
async function* endTurn(context: LoopContext, reply: Finished): Steps<Ending | undefined> {
  yield [turnEnded(context, reply, reply.stopReason)];
  yield* warnings(context);
  const halted = halt(context);
  if (halted) return halted;
  if (context.steers.length > 0 || reply.stopReason === 'pause') return undefined;
  return finish(context, reply);
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

async function* takeSteers(context: LoopContext): Steps<void> {
  for (let steer = context.steers.shift(); steer; steer = context.steers.shift()) {
    const message: UserMessage = { role: 'user', parts: [{ type: 'text', text: steer.text }] };
    context.messages.push(message);
    yield [{ type: 'message.added', message, ...(steer.by === 'user' ? { steered: true as const } : {}) }];
  }
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

function turnEnded(
  context: LoopContext,
  { usage, costUsd }: Used,
  stopReason: StopReason | 'interrupted',
): DurableBody {
  const turn = context.ledger.turns;
  return { type: 'turn.ended', turn, usage, ...(costUsd === undefined ? {} : { costUsd }), stopReason };
}

/** Keeps what came of a reply that did not come to its end. */
async function* cutTurn(context: LoopContext, outcome: Exclude<ModelOutcome, { kind: 'message' }>): Steps<void> {
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

function endingOf(outcome: Exclude<ModelOutcome, { kind: 'message' }>): Ending {
  switch (outcome.kind) {
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
    context.steers.push({ text: checked.ask, by: 'loop' });
    return undefined;
  }
  return { reason: 'failed', error: new CapstanError('model_failed', checked.ask, { model: context.model.id }) };
}

function refused(model: string): CapstanError {
  return new CapstanError('model_failed', `${model} refused to answer. Rephrase the task or use another model.`, {
    model,
  });
}
