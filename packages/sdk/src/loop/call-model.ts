import { estimateTokens } from '../budget/estimate.ts';
import type { PlannedCall } from '../budget/plan-call.ts';
import { planCall } from '../budget/plan-call.ts';
import type { BudgetLimit } from '../contract/budget.ts';
import { costMicros } from '../contract/cost.ts';
import { CapstanError, isCapstanError } from '../contract/errors.ts';
import type { AssistantMessage } from '../contract/message.ts';
import type {
  ModelEvent,
  ModelMessage,
  ModelReasoningDelta,
  ModelRequest,
  ModelTextDelta,
  ModelToolDelta,
  StopReason,
} from '../contract/model.ts';
import type { Usage } from '../contract/usage.ts';
import type { LoopContext } from './context.ts';
import { withRetries } from './with-retries.ts';

/** How a model call came out. Usage counts whatever was sent, also when it failed. */
export type ModelOutcome = Spent & (Finished | Unfinished);

/** What all attempts of the call used together. */
interface Spent {
  readonly usage: Usage;
  /** Absent when the price is unknown. */
  readonly costUsd: number | undefined;
}

interface Finished {
  readonly kind: 'message';
  readonly message: AssistantMessage;
  readonly stopReason: StopReason;
  /** The limit that cut the output limit below the model's own. */
  readonly clamped: BudgetLimit | undefined;
}

type Unfinished = { readonly partial: AssistantMessage | undefined } & (
  | { readonly kind: 'cut' }
  | { readonly kind: 'budget'; readonly limit: BudgetLimit }
  | { readonly kind: 'failed'; readonly error: CapstanError }
);

/**
 * Calls the model once, with retries before the first delta; deltas go to readers as they come.
 *
 * Every attempt is planned against the ledger before it is made and settled after, whatever happens.
 */
export async function callModel(context: LoopContext, request: ModelRequest): Promise<ModelOutcome> {
  const draft = new Draft();
  const before = context.tally.mark();
  const refused = await refusedByPolicy(context);
  if (refused) return { kind: 'failed', error: refused, partial: undefined, ...context.tally.since(before) };
  const outcome = await withRetries(context, draft, () => makeAttempt(context, request, draft)).catch(
    (error: unknown) => {
      if (context.signal.aborted) return { kind: 'cut', partial: draft.message() } as const;
      return { kind: 'failed', error: asModelError(error, context.model.id), partial: draft.message() } as const;
    },
  );
  return { ...outcome, ...context.tally.since(before) };
}

/** A model call is a use of the network: policies that name the models that may be called are asked each time. */
async function refusedByPolicy({ policy, model, replayed }: LoopContext): Promise<CapstanError | undefined> {
  if (replayed) return undefined;
  const { judgeModel } = await import('@capstan/policy');
  const { verdict, rule, reason } = judgeModel(policy(), { id: model.id, local: model.info.local === true });
  return verdict === 'allow' ? undefined : new CapstanError('invalid_config', reason, { where: rule, model: model.id });
}

/** The text of a reply so far, kept when the reply does not come to its end. */
export class Draft {
  #pieces: string[] = [];
  estimate = 0;
  /** True once a reader was shown a piece of the reply. */
  shown = false;

  restart(): void {
    this.#pieces = [];
    this.estimate = 0;
  }

  add(kind: 'text' | 'other', piece: string): void {
    this.shown = true;
    this.estimate += estimateTokens(piece);
    if (kind === 'text') this.#pieces.push(piece);
  }

  message(): AssistantMessage | undefined {
    const text = this.#pieces.join('');
    return text === '' ? undefined : { role: 'assistant', parts: [{ type: 'text', text }], interrupted: true };
  }
}

async function makeAttempt(context: LoopContext, request: ModelRequest, draft: Draft): Promise<Finished | Unfinished> {
  const { ledger, signal, tally, model } = context;
  const plan = await planCall(model, request, { ledger, signal, bound: () => tally.bound(request) });
  if (typeof plan === 'string') return { kind: 'budget', limit: plan, partial: undefined };
  draft.restart();
  const limited = plan.maxOutputTokens === undefined ? request : { ...request, maxOutputTokens: plan.maxOutputTokens };
  const call = new AbortController();
  const forward = () => call.abort(signal.reason);
  signal.addEventListener('abort', forward);
  try {
    signal.throwIfAborted();
    const closing = await read(context, limited, { draft, plan, call });
    if (closing === 'overrun') {
      settle(context, plan, estimated(context, { request: limited, plan, draft }));
      return { kind: 'budget', limit: plan.clamped ?? 'tokens', partial: draft.message() };
    }
    const usage = closing.usage ?? estimated(context, { request: limited, plan, draft });
    tally.counted(limited, usage);
    settle(context, plan, usage, closing.costUsd);
    return { kind: 'message', message: closing.message, stopReason: closing.stopReason, clamped: plan.clamped };
  } catch (error) {
    settle(context, plan, usageOfFailure(context, { request: limited, plan, draft }, error));
    throw error;
  } finally {
    signal.removeEventListener('abort', forward);
  }
}

/** One attempt at a call, for counting what it used. */
interface Attempt {
  readonly request: ModelRequest;
  readonly plan: PlannedCall;
  readonly draft: Draft;
}

interface Reading {
  readonly draft: Draft;
  readonly plan: PlannedCall;
  readonly call: AbortController;
}

/** How long a model is given to say what it used, once it is stopped; one that does not hear is left behind. */
const graceMs = 25;

/** Reads one stream to its closing message; stops when the call is aborted, even if the model does not. */
async function read(
  context: LoopContext,
  request: ModelRequest,
  { draft, plan, call }: Reading,
): Promise<ModelMessage | 'overrun'> {
  const stream = context.model.stream(request, { signal: call.signal })[Symbol.asyncIterator]();
  const limit = (plan.clamped && plan.maxOutputTokens) ?? Infinity;
  const reading = readOn(context, stream, { draft, limit, signal: call.signal });
  reading.catch(() => {});
  const aborted = whenAborted(call.signal);
  try {
    const closing = await Promise.race([reading, aborted.promise]);
    if (closing === 'overrun') call.abort();
    return closing;
  } finally {
    aborted.forget();
    if (call.signal.aborted) stream.return?.()?.catch(() => {});
  }
}

async function readOn(
  { model, emit, outbox }: LoopContext,
  stream: AsyncIterator<ModelEvent>,
  { draft, limit, signal }: { readonly draft: Draft; readonly limit: number; readonly signal: AbortSignal },
): Promise<ModelMessage | 'overrun'> {
  for (;;) {
    const next = await stream.next();
    if (next.done) throw unfinished(model.id);
    const event = next.value;
    if (event.type === 'message') return event;
    // What a stopped model goes on to say reaches nobody.
    if (signal.aborted) throw stopped();
    switch (event.type) {
      case 'text.delta':
        draft.add('text', event.text);
        tell(event, emit);
        break;
      case 'reasoning.delta':
        draft.add('other', event.text);
        tell(event, emit);
        break;
      case 'tool.delta':
        draft.add('other', event.json);
        tell(event, emit);
        break;
      case 'switch':
        await outbox.record({ type: 'model.switched', from: event.from, to: event.to, error: event.error });
        break;
      default:
        event satisfies never;
    }
    if (draft.estimate > limit) return 'overrun';
  }
}

type Delta = ModelTextDelta | ModelReasoningDelta | ModelToolDelta;

/** The events of a run carry no provider's state; a delta that is nothing else is not told. */
function tell(event: Delta, emit: LoopContext['emit']): void {
  if (event.provider === undefined) return emit(event);
  if (event.type === 'tool.delta') {
    const { provider: _, ...told } = event;
    emit(told);
  } else if (event.text !== '') emit({ type: event.type, text: event.text });
}

function stopped(): CapstanError {
  return new CapstanError('aborted', 'The model call was stopped.');
}

/** Rejects a moment after the abort, so that a model that hears it can say first what it used. */
function whenAborted(signal: AbortSignal) {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => reject(stopped()), graceMs);
  };
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  return {
    promise,
    forget() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function settle(context: LoopContext, plan: PlannedCall, usage: Usage | undefined, reportedUsd?: number): void {
  const { price } = context.model.info;
  const used = usage ?? { inputTokens: 0, outputTokens: 0 };
  const micros =
    reportedUsd !== undefined ? Math.ceil(reportedUsd * 1e6 - 1e-6) : price ? costMicros(used, price) : undefined;
  const spent = { micros: micros ?? 0, tokens: used.inputTokens + used.outputTokens };
  if (plan.reservation) plan.reservation.settle(spent);
  else context.ledger.spend(spent);
  if (usage) context.tally.add(usage, micros);
}

/** What a call used of which the vendor said nothing: the prompt counted from above, the reply from the wire. */
function estimated({ model, tally }: LoopContext, { request, plan, draft }: Attempt): Usage {
  const bound = () => Math.min(model.countTokens?.(request) ?? Infinity, tally.bound(request));
  const outputTokens = Math.min(Math.ceil(draft.estimate), plan.maxOutputTokens ?? Infinity);
  return { inputTokens: plan.inputBound ?? bound(), outputTokens, estimated: true };
}

/** A vendor that refused a call before its first delta charges nothing; one that was cut off charges what it sent. */
function usageOfFailure(context: LoopContext, attempt: Attempt, error: unknown): Usage | undefined {
  if (isCapstanError(error) && error.details.usage) return error.details.usage;
  return attempt.draft.shown || context.signal.aborted ? estimated(context, attempt) : undefined;
}

function unfinished(model: string): CapstanError {
  return new CapstanError('model_failed', `The stream of ${model} ended without its closing message. Try again.`, {
    model,
    retryable: true,
  });
}

function asModelError(error: unknown, model: string): CapstanError {
  if (isCapstanError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new CapstanError('model_failed', `${model} failed: ${why}`, { model }, { cause: error });
}
