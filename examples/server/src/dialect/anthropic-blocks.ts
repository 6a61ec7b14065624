import type { Json, ProviderState } from '@capstan/sdk/contract';
import { joinId, nothingSealed, sealState } from './seal.ts';

/** A content block of the Messages API. */
export type Block = { readonly type: string; readonly [field: string]: unknown };

const vendor = 'anthropic';

/** Tells whether a state is Anthropic's own. */
export function isOwn(state: ProviderState): boolean {
  return state.vendor === vendor;
}

/** Fields that Anthropic's own state gives a block; of another vendor's state there are none. */
export function ownFields(state: ProviderState | undefined): { readonly [field: string]: Json } {
  if (state?.vendor !== vendor || typeof state.data !== 'object' || state.data === null) return {};
  return Array.isArray(state.data) ? {} : (state.data as { readonly [field: string]: Json });
}

/** What carries the state of a text: nothing for Anthropic's, a block beside it for another vendor's. */
export function stateBeside(state: ProviderState | undefined, of: 'next' | 'last'): Block | undefined {
  return state === undefined || state.vendor === vendor
    ? undefined
    : { type: 'redacted_thinking', data: sealState(state, of) };
}

/** The signature of a thought: Anthropic's own, or another vendor's state sealed as one. */
export function signatureOf(state: ProviderState | undefined): string {
  if (state === undefined) return nothingSealed;
  if (state.vendor !== vendor) return sealState(state);
  const { signature } = ownFields(state);
  return typeof signature === 'string' ? signature : '';
}

/** A part that is nothing but state: Anthropic's block as it came, or another vendor's state as redacted thinking. */
export function opaqueBlock(state: ProviderState): Block {
  const { block } = ownFields(state);
  if (typeof block === 'object' && block !== null && !Array.isArray(block)) return block as unknown as Block;
  return { type: 'redacted_thinking', data: sealState(state) };
}

/** The start of a call, without its input. */
export function callBlock(callId: string, tool: string, state: ProviderState | undefined): Block {
  const foreign = state !== undefined && state.vendor !== vendor;
  const id = joinId(callId, foreign ? { v: state.vendor, d: state.data } : undefined);
  return { ...ownFields(state), type: 'tool_use', id, name: tool };
}
