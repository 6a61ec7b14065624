import {
  costMicros,
  isCapstanError,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type Usage,
} from '@capstan/sdk/contract';
import type { Caller, Gate } from '../gate/gate.ts';

/** Tokens of a reply whose request sets no limit. */
const usualOutputTokens = 8192;

/** Counts the calls of a model against the limits of a device, as if the device had made them. */
export function gatedModel(
  model: Model,
  { gate, caller, clock }: { gate: Gate; caller: Caller; clock: () => number },
): Model {
  return {
    ...model,
    async *stream(request, options): AsyncGenerator<ModelEvent> {
      const answer = await gate.admit(caller, estimateOf(model, request));
      if ('refused' in answer) throw answer.refused;
      const startedAt = clock();
      const settle = (status: number, { usage, costUsd }: Used): Promise<void> => {
        const cost = costUsd === undefined ? priceOf(model, usage) : Math.ceil(costUsd * 1e6);
        return answer.settle({
          model: model.id,
          status,
          ms: clock() - startedAt,
          ...(usage ? { usage } : {}),
          ...(cost === undefined ? {} : { costMicros: cost }),
        });
      };
      try {
        for await (const event of model.stream(request, options)) {
          // Whoever reads may not come back once he has the message.
          if (event.type === 'message') await settle(200, event);
          yield event;
        }
      } catch (error) {
        await settle(502, isCapstanError(error) ? error.details : {});
        throw error;
      } finally {
        // Counts only where nothing else did: the reader left before the end.
        await settle(499, {});
      }
    },
  };
}

interface Used {
  readonly usage?: Usage;
  readonly costUsd?: number;
}

function estimateOf(model: Model, request: ModelRequest): { tokens: number; costMicros?: number } {
  const { messages, instructions = '', tools } = request;
  const inputTokens =
    model.countTokens?.(request) ?? Math.ceil(JSON.stringify([instructions, tools, messages]).length / 3);
  const outputTokens = request.maxOutputTokens ?? Math.min(model.info.maxOutputTokens ?? Infinity, usualOutputTokens);
  const cost = priceOf(model, { inputTokens, outputTokens });
  return { tokens: inputTokens + outputTokens, ...(cost === undefined ? {} : { costMicros: cost }) };
}

function priceOf({ info }: Model, usage: Usage | undefined): number | undefined {
  return usage && info.price ? costMicros(usage, info.price) : undefined;
}
