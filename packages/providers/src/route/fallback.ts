import {
  CapstanError,
  costMicros,
  isCapstanError,
  type Model,
  type ModelEvent,
  type ModelRequest,
} from '@capstan/sdk/contract';
import { commonInfo } from './common-info.ts';

export interface FallbackOptions {
  /** How long a model that failed is passed over, when its vendor does not say. Milliseconds; default 30,000. */
  readonly restMs?: number;
  /** The time, Unix milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Makes one model of several: when one fails before its first delta for want of a key, quota, capacity or connection,
 * the next takes over and a `switch` event says so. Once output began there is no other try, so no effect is repeated.
 *
 * A model that failed rests for a while. The limits are the smallest and the prices the dearest of all; the cost of a
 * reply is that of the model which gave it.
 *
 * @throws {CapstanError} `invalid_config` for an empty list. From the stream, when all failed: an error that waiting
 * may mend if there was one, else the first.
 */
export function fallback(models: readonly Model[], { restMs = 30_000, now = Date.now }: FallbackOptions = {}): Model {
  if (models.length === 0)
    throw new CapstanError('invalid_config', 'A fall-back needs at least one model.', { where: 'fallback' });
  const restsUntil = new Map<Model, number>();

  function order(): Model[] {
    const ready = models.filter((model) => (restsUntil.get(model) ?? 0) <= now());
    return [...ready, ...models.filter((model) => !ready.includes(model))];
  }

  async function* stream(request: ModelRequest, options: { readonly signal: AbortSignal }): AsyncGenerator<ModelEvent> {
    const errors: CapstanError[] = [];
    const tries = order();
    for (const [at, model] of tries.entries()) {
      const events = model.stream(request, options)[Symbol.asyncIterator]();
      try {
        const begun = yield* firstEvent(events);
        restsUntil.delete(model);
        if (begun) yield* priced(model, begun, events);
        return;
      } catch (error) {
        if (!(error instanceof BeforeOutput)) throw error;
        if (!canGoOn(error.cause)) throw error.cause;
        errors.push(error.cause);
        restsUntil.set(model, now() + (error.cause.details.retryAfterMs ?? restMs));
        const next = tries[at + 1];
        if (next) yield { type: 'switch', from: model.id, to: next.id, error: error.cause.toJSON() };
      } finally {
        await events.return?.();
      }
    }
    throw allFailed(errors, tries);
  }

  return {
    id: `fallback/${models.map((model) => model.id).join(',')}`,
    info: commonInfo(models.map((model) => model.info)),
    stream,
    ...counting(models),
  };
}

/** What came before any output. Tells it from what comes after. */
class BeforeOutput extends Error {
  override readonly cause: unknown;
  constructor(cause: unknown) {
    super('before output');
    this.cause = cause;
  }
}

/** Reads until output begins; switches inside a nested fall-back pass. */
async function* firstEvent(events: AsyncIterator<ModelEvent>): AsyncGenerator<ModelEvent, ModelEvent | undefined> {
  for (;;) {
    const step = await events.next().catch((error: unknown) => {
      throw new BeforeOutput(error);
    });
    if (step.done) return undefined;
    if (step.value.type !== 'switch') return step.value;
    yield step.value;
  }
}

/** Gives the closing message the cost at the price of the model that answered. */
async function* priced(model: Model, first: ModelEvent, rest: AsyncIterator<ModelEvent>): AsyncGenerator<ModelEvent> {
  for (let event: ModelEvent | undefined = first; event;) {
    if (event.type !== 'message' || event.costUsd !== undefined || !event.usage) yield event;
    else {
      const { price } = model.info;
      yield price ? { ...event, costUsd: costMicros(event.usage, price) / 1e6 } : event;
    }
    const step = await rest.next();
    event = step.done ? undefined : step.value;
  }
}

/** A request that is wrong is wrong everywhere; one that was stopped stays so. */
function canGoOn(error: unknown): error is CapstanError {
  if (!isCapstanError(error)) return false;
  if (error.code === 'model_failed')
    return error.details.retryable === true || error.details.where === 'network' || error.details.where === 'tls';
  return ['auth_missing', 'auth_refused', 'rate_limited', 'not_found'].includes(error.code);
}

function allFailed(errors: readonly CapstanError[], tries: readonly Model[]): CapstanError {
  const told = errors.find((error) => error.details.retryable) ?? errors[0];
  if (!told || tries.length === 1) return told ?? new CapstanError('model_failed', 'No model answered.');
  const words = `None of ${tries.map((model) => model.id).join(', ')} answered. ${told.message}`;
  return new CapstanError(told.code, words, told.details, { cause: told });
}

function counting(models: readonly Model[]): Pick<Model, 'countTokens'> {
  if (!models.every((model) => model.countTokens)) return {};
  return { countTokens: (request) => Math.max(...models.map((model) => model.countTokens?.(request) ?? Infinity)) };
}
