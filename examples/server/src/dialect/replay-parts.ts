import type { AssistantMessage, ModelEvent, ProviderState } from '@capstan/sdk/contract';

/** Tells a whole message as the deltas that would have made it, each part's state with its one delta. */
export function replayParts({ parts }: AssistantMessage): readonly ModelEvent[] {
  return parts.map((part): ModelEvent => {
    const state: { readonly provider?: ProviderState } = part.provider ? { provider: part.provider } : {};
    if (part.type === 'call')
      return { type: 'tool.delta', callId: part.callId, tool: part.tool, json: part.json, ...state };
    return { type: `${part.type}.delta`, text: part.text, ...state };
  });
}
