import { CapstanError } from '../contract/errors.ts';
import type { ErrorInfo } from '../contract/errors.ts';
import type { DurableEvent, RunEnded } from '../contract/event.ts';
import type { AssistantMessage } from '../contract/message.ts';
import type { Model, ModelEvent, StopReason } from '../contract/model.ts';
import type { Usage } from '../contract/usage.ts';
import { isSummaryRequest } from '../loop/summarise.ts';
import type { Conductor } from './conductor.ts';

type MessageEvent = Extract<DurableEvent, { type: 'message.added' }>;

/** A model that says what the record says it said, when the record says so; it is never asked anything. */
export function recordedModel(
  { id, info, countTokens }: Model,
  conductor: Conductor,
  halt: (ended: RunEnded) => void,
): Model {
  return {
    id,
    info,
    ...(countTokens ? { countTokens } : {}),
    async *stream(request): AsyncGenerator<ModelEvent> {
      for (;;) {
        const next = await conductor.until(isOfTheModel);
        // The record has no failed reply, only what came of it.
        if (next.type === 'context.compacted' && !isSummaryRequest(request)) throw overflow(id);
        if (next.type !== 'model.switched') {
          yield* reply(next, conductor, halt);
          return;
        }
        const { from, to, error } = next;
        yield { type: 'switch', from, to, error };
      }
    },
  };
}

function isOfTheModel(next: DurableEvent): boolean {
  switch (next.type) {
    case 'message.added':
      return next.message.role === 'assistant';
    case 'model.retried':
    case 'model.switched':
    case 'context.compacted':
    case 'turn.ended':
    case 'run.ended':
      return true;
    default:
      return false;
  }
}

async function* reply(
  next: DurableEvent,
  conductor: Conductor,
  halt: (ended: RunEnded) => void,
): AsyncGenerator<ModelEvent> {
  switch (next.type) {
    case 'model.retried':
      throw failure(next.error);
    case 'context.compacted':
      yield closing({ role: 'assistant', parts: [{ type: 'text', text: next.summary }] }, 'end', next);
      return;
    case 'message.added':
      if (next.message.role === 'assistant') yield* message(next, next.message, conductor, halt);
      return;
    default:
      await cutOff(conductor, halt);
  }
}

async function* message(
  event: MessageEvent,
  said: AssistantMessage,
  conductor: Conductor,
  halt: (ended: RunEnded) => void,
): AsyncGenerator<ModelEvent> {
  if (!said.interrupted) {
    const turn = conductor.rest.find((each) => each.type === 'turn.ended');
    const recorded = turn?.type === 'turn.ended' && turn.stopReason !== 'interrupted' ? turn.stopReason : undefined;
    const calls = said.parts.some((part) => part.type === 'call');
    yield closing(said, recorded ?? (calls ? 'tools' : 'end'), event);
    return;
  }
  for (const part of said.parts) if (part.type === 'text') yield { type: 'text.delta', text: part.text };
  await cutOff(conductor, halt);
}

/** Ends the call as it was ended: by a failure, or by whoever stopped the run. */
async function cutOff(conductor: Conductor, halt: (ended: RunEnded) => void): Promise<never> {
  const ended = conductor.rest.find((each) => each.type === 'run.ended');
  if (ended?.type !== 'run.ended') throw new CapstanError('model_failed', 'The record ends inside this call.');
  if (ended.reason === 'failed' && ended.error) throw failure(ended.error);
  const turn = conductor.rest.find((each) => each.type === 'turn.ended');
  const usage = turn?.type === 'turn.ended' ? turn.usage : undefined;
  halt(ended);
  throw new CapstanError('aborted', 'The model call was stopped.', usage ? { usage } : {});
}

function overflow(model: string): CapstanError {
  return new CapstanError('context_overflow', 'The recorded vendor said that the request is too long.', { model });
}

function closing(
  said: AssistantMessage,
  stopReason: StopReason,
  { usage, costUsd }: { readonly usage?: Usage; readonly costUsd?: number },
): ModelEvent {
  return {
    type: 'message',
    message: said,
    stopReason,
    ...(usage ? { usage } : {}),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

function failure({ code, message, details }: ErrorInfo): CapstanError {
  return new CapstanError(code, message, details);
}
