import type { Json, ProviderState } from '@capstan/sdk/contract';

/**
 * Remembers what stood before each call of a reply. Chat Completions has no field for opaque state but the ids of calls,
 * so the id of a call carries the thoughts and the states since the call before it.
 */
export interface ChatPast {
  text(text: string, provider: ProviderState | undefined): void;
  reasoning(text: string, provider: ProviderState | undefined): void;
  /** Gives what the id of the next call has to carry; `undefined` when there is no state. */
  call(provider: ProviderState | undefined): Json | undefined;
}

interface Piece {
  readonly kind: 'r' | 't';
  text: string;
  /** Where the text begins in the whole content. */
  readonly from: number;
  state: ProviderState | undefined;
}

/** Makes an empty past. */
export function chatPast(): ChatPast {
  let pieces: Piece[] = [];
  let length = 0;

  /** A part that has its state is closed; the next delta begins another. */
  function grow(kind: Piece['kind'], text: string, state: ProviderState | undefined): void {
    const last = pieces.at(-1);
    if (last?.kind === kind && last.state === undefined) {
      last.text += text;
      last.state = state;
    } else pieces.push({ kind, text, from: length, state });
    if (kind === 't') length += text.length;
  }

  return {
    text: (text, provider) => grow('t', text, provider),
    reasoning: (text, provider) => grow('r', text, provider),
    call(provider) {
      const before = pieces;
      pieces = [];
      if (provider === undefined && before.every(({ state }) => state === undefined)) return undefined;
      return { n: length, b: before.filter(worthIt).map(packed), ...(provider ? { c: packedState(provider) } : {}) };
    },
  };
}

/** A thought without a state is of no use to the model that had it. */
function worthIt({ kind, state }: Piece): boolean {
  return kind === 't' || state !== undefined;
}

function packed({ kind, text, from, state }: Piece): Json {
  const told = state ? { s: packedState(state) } : {};
  return kind === 'r' ? { r: text, ...told } : { t: [from, from + text.length], ...told };
}

function packedState({ vendor, data }: ProviderState): Json {
  return { v: vendor, d: data };
}
