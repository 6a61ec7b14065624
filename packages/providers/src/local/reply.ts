import { type AssistantPart, type Json, type ModelEvent, newId, type StopReason } from '@capstan/sdk/contract';
import type {
  LlamaChatResponse,
  LlamaChatResponseChunk,
  LlamaChatResponseFunctionCallParamsChunk,
} from 'node-llama-cpp';
import { vendor } from './history.ts';

/** What of a generated response is read. */
export interface Generated {
  readonly functionCalls?: readonly {
    readonly functionName: string;
    readonly params?: unknown;
    readonly raw?: unknown;
  }[];
  readonly metadata: Pick<LlamaChatResponse['metadata'], 'stopReason'>;
}

/** Puts a reply together from what the engine tells while it speaks. */
export interface Reply {
  readonly onResponseChunk: (chunk: Pick<LlamaChatResponseChunk, 'type' | 'text'>) => void;
  readonly onFunctionCallParamsChunk: (chunk: LlamaChatResponseFunctionCallParamsChunk) => void;
  /** Takes the result; gives why the reply ended and its parts. */
  readonly close: (generated: Generated) => {
    readonly parts: readonly AssistantPart[];
    readonly stopReason: StopReason;
  };
}

interface OpenPart {
  readonly type: 'text' | 'reasoning';
  text: string;
}

interface OpenCall {
  readonly callId: string;
  json: string;
}

/**
 * Makes an empty reply that gives its events to `emit`.
 *
 * @param makeId Makes the id of a call.
 */
export function openReply(emit: (event: ModelEvent) => void, makeId: () => string = () => `call_${newId()}`): Reply {
  const parts: AssistantPart[] = [];
  const calls = new Map<number, OpenCall>();
  let open: OpenPart | undefined;

  const callAt = (index: number): OpenCall => {
    const call = calls.get(index) ?? { callId: makeId(), json: '' };
    calls.set(index, call);
    return call;
  };

  const grow = (index: number, tool: string, json: string): void => {
    if (json === '') return;
    const call = callAt(index);
    call.json += json;
    emit({ type: 'tool.delta', callId: call.callId, tool, json });
  };

  return {
    onResponseChunk({ type: kind, text }) {
      if (text === '') return;
      const type = kind === 'segment' ? 'reasoning' : 'text';
      emit({ type: `${type}.delta`, text });
      if (open?.type === type) {
        open.text += text;
        return;
      }
      open = { type, text, ...(type === 'reasoning' ? { provider: { vendor, data: {} } } : {}) };
      parts.push(open);
    },
    onFunctionCallParamsChunk: ({ callIndex, functionName, paramsChunk }) => grow(callIndex, functionName, paramsChunk),
    close({ functionCalls = [], metadata }) {
      for (const [index, { functionName, params, raw }] of functionCalls.entries()) {
        const call = callAt(index);
        if (call.json === '') grow(index, functionName, JSON.stringify(params ?? {}));
        const state = raw === undefined ? {} : { provider: { vendor, data: { raw: raw as Json } } };
        parts.push({ type: 'call', callId: call.callId, tool: functionName, json: call.json, ...state });
      }
      const stopReason = functionCalls.length > 0 ? 'tools' : metadata.stopReason === 'maxTokens' ? 'length' : 'end';
      return { parts, stopReason };
    },
  };
}
