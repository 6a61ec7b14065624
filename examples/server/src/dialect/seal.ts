import type { Json, ProviderState } from '@capstan/sdk/contract';
import { isDeeper } from '../http/parse-json.ts';
import { deepest } from './fields.ts';

/**
 * The text with which every sealed state begins. A body that holds it was answered by a translated model before, so it
 * cannot be passed on to a vendor as it is.
 *
 * Base64 of nine bytes, so that what follows does not change it.
 */
export const sealMark = 'Y2Fwc3Rhbi4x';

const head = 'capstan.1';

/**
 * Packs a value into a text that clients carry in a field they do not read: the signature of a thought, encrypted
 * content, the id of a call. Letters, digits, `-` and `_` only, which every vendor's id and every base64 reader takes.
 */
export function seal(value: Json): string {
  const json = JSON.stringify(value);
  // Three bytes make four characters; blanks fill the last three, so that there is no padding.
  const fill = ' '.repeat((3 - (Buffer.byteLength(json) % 3)) % 3);
  return Buffer.from(head + json + fill).toString('base64url');
}

/** Unpacks what `seal` has packed; `undefined` for any other text. */
export function unseal(text: string): Json | undefined {
  if (!isSealed(text)) return undefined;
  try {
    const bytes = Buffer.from(text, 'base64url').subarray(head.length);
    return isDeeper(bytes, deepest) ? undefined : (JSON.parse(bytes.toString('utf8')) as Json);
  } catch {
    return undefined;
  }
}

/** Packs a state whose field in a client's dialect belongs to another vendor, or to another part. */
export function sealState({ vendor, data }: ProviderState, of?: 'next' | 'last'): string {
  return seal({ v: vendor, d: data, ...(of === undefined ? {} : { of }) });
}

/**
 * Stands where a vendor's own signature would be, on what a model without one has made: the vendor would refuse the part,
 * so the conversation is to be translated also when it comes back for that vendor.
 */
export const nothingSealed = seal({});

/** Tells whether a text was sealed here. */
export function isSealed(text: string): boolean {
  return text.startsWith(sealMark);
}

/** A state that was sealed: a part of its own, or the state of the part that follows or came last. */
export interface Unsealed {
  readonly state: ProviderState;
  readonly of: 'next' | 'last' | undefined;
}

/** Unpacks a state; `undefined` for a text that is none. */
export function unsealState(text: string): Unsealed | undefined {
  const packed = unseal(text);
  const state = stateOf(packed);
  if (!state) return undefined;
  const { of } = packed as { readonly of?: Json };
  return { state, of: of === 'next' || of === 'last' ? of : undefined };
}

/** Reads a state from its packed form; a client may have made it up, so only its shape counts. */
export function stateOf(packed: unknown): ProviderState | undefined {
  if (typeof packed !== 'object' || packed === null) return undefined;
  const { v, d } = packed as { readonly v?: unknown; readonly d?: Json };
  return typeof v === 'string' && typeof d === 'object' && d !== null ? { vendor: v, data: d } : undefined;
}

/** Adds a sealed value to the id of a call. */
export function joinId(callId: string, sealed: Json | undefined): string {
  return sealed === undefined ? callId : `${callId}_${seal(sealed)}`;
}

/** Takes the sealed value off the id of a call. */
export function splitId(id: string): { readonly callId: string; readonly sealed: Json | undefined } {
  const at = id.lastIndexOf(`_${sealMark}`);
  if (at < 0) return { callId: id, sealed: undefined };
  const sealed = unseal(id.slice(at + 1));
  return sealed === undefined ? { callId: id, sealed } : { callId: id.slice(0, at), sealed };
}
