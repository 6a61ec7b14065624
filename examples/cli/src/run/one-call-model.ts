import type { AssistantMessage, Model, ModelEvent, StopReason } from '@capstan/sdk/contract';

/**
 * A stand-in for a model that makes one call and ends, so that a tool run by hand goes through the same loop, policy,
 * journal and log as one that a model calls.
 */
export function oneCallModel(tool: string, json: string): Model {
  return {
    id: 'capstan/by-hand',
    info: { price: { input: 0, output: 0 }, tools: true, local: true },
    async *stream({ messages }): AsyncGenerator<ModelEvent, void> {
      const called = messages.at(-1)?.role === 'tool';
      const call = { type: 'call', callId: `call_${messages.length}`, tool, json } as const;
      yield called ? closing([], 'end') : closing([call], 'tools');
    },
    countTokens: () => 0,
  };
}

function closing(parts: AssistantMessage['parts'], stopReason: StopReason): ModelEvent {
  const message = { role: 'assistant', parts } as const;
  return { type: 'message', message, stopReason, usage: { inputTokens: 0, outputTokens: 0 } };
}
