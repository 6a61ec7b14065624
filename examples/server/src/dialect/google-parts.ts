import type { Json, ProviderState } from '@capstan/sdk/contract';
import { inputOf } from './anthropic-encode.ts';
import { nothingSealed, sealState } from './seal.ts';

/** A part of a Gemini content. */
export type GooglePart = { readonly [field: string]: unknown };

const vendor = 'google';

/** A call of a function, with the id and signature that Google gave it, or with another vendor's state sealed. */
export function callPart(callId: string, tool: string, json: string, state: ProviderState | undefined): GooglePart {
  const own = ownFields(state);
  const id = own && typeof own['signature'] === 'string' ? own['id'] : callId;
  const call = { ...(id === undefined ? {} : { id }), name: tool, args: inputOf(json) };
  return { functionCall: call, ...(state ? signed(state) : { thoughtSignature: nothingSealed }) };
}

/** The field that carries a part's state. */
export function signed(state: ProviderState | undefined): { readonly thoughtSignature?: Json } {
  if (state === undefined) return {};
  const own = ownFields(state);
  if (!own) return { thoughtSignature: sealState(state) };
  return own['signature'] === undefined ? {} : { thoughtSignature: own['signature'] };
}

/** As `signed`, on a part without words that follows the one whose state it is; Google's own would be one by itself. */
export function signedLast(state: ProviderState): { readonly thoughtSignature?: Json } {
  return { thoughtSignature: sealState(state, 'last') };
}

/** A part that is nothing but state: Google's as it came, or another vendor's state as a thought without words. */
export function opaquePart(state: ProviderState): GooglePart {
  const part = ownFields(state)?.['part'];
  if (typeof part === 'object' && part !== null && !Array.isArray(part)) return part as GooglePart;
  return { text: '', thought: true, thoughtSignature: sealState(state) };
}

/** Google's own state; `undefined` for another vendor's, and for what only the SDK's provider understands. */
function ownFields(state: ProviderState | undefined): { readonly [field: string]: Json } | undefined {
  if (state?.vendor !== vendor || typeof state.data !== 'object' || state.data === null) return undefined;
  if (Array.isArray(state.data) || 'continuationToken' in state.data) return undefined;
  return state.data as { readonly [field: string]: Json };
}
