import type { Model, ModelEvent } from '@capstan/sdk/contract';

/** How fast a model was, as an average that forgets: a new run counts for three tenths. */
export interface Speed {
  /** Milliseconds to the first delta. */
  readonly firstMs: number;
  /** Generated tokens a second after the first delta. */
  readonly tokensPerSecond: number;
  /** How many replies were measured. */
  readonly replies: number;
}

/** Measured speeds by model id. Plain data: keep it as JSON and give it back at the next start. */
export type Speeds = { readonly [id: string]: Speed };

export interface SpeedLog {
  readonly speeds: Speeds;
  /** Gives the same model, its replies measured. */
  measure(model: Model): Model;
}

/** Makes a log that learns from every reply of the models it measures. */
export function speedLog(
  earlier: Speeds = {},
  { now = () => performance.now() }: { readonly now?: () => number } = {},
): SpeedLog {
  const speeds: { [id: string]: Speed } = { ...earlier };

  async function* measured(id: string, events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
    const start = now();
    let first: number | undefined;
    for await (const event of events) {
      if (event.type !== 'switch') first ??= now();
      if (event.type === 'message' && event.usage && first !== undefined) {
        learn(id, { firstMs: first - start, seconds: (now() - first) / 1000, tokens: event.usage.outputTokens });
      }
      yield event;
    }
  }

  function learn(
    id: string,
    reply: { readonly firstMs: number; readonly seconds: number; readonly tokens: number },
  ): void {
    const known = speeds[id];
    // A reply of a few tokens, or one that came at once, says nothing of the pace.
    const pace = reply.tokens >= 16 && reply.seconds > 0.05 ? reply.tokens / reply.seconds : undefined;
    speeds[id] = {
      firstMs: average(known?.firstMs, reply.firstMs),
      tokensPerSecond:
        pace === undefined ? (known?.tokensPerSecond ?? 0) : average(known?.tokensPerSecond || undefined, pace),
      replies: (known?.replies ?? 0) + 1,
    };
  }

  return {
    speeds,
    measure: (model) => ({
      id: model.id,
      info: model.info,
      stream: (request, options) => measured(model.id, model.stream(request, options)),
      ...(model.countTokens ? { countTokens: (request) => model.countTokens?.(request) ?? Infinity } : {}),
    }),
  };
}

function average(known: number | undefined, next: number): number {
  return known === undefined ? next : known * 0.7 + next * 0.3;
}
