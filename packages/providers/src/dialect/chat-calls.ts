import { type Json, newId, type ModelEvent, type ProviderState, type ToolCallPart } from '@capstan/sdk/contract';

/** A piece of a call as hosts send it. */
export interface CallPiece {
  readonly index?: number | null;
  readonly id?: string | null;
  /** Gemini's signature of the thought that led to the call, on its OpenAI-compatible API; must go back. */
  readonly extra_content?: Json;
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown } | null;
}

interface Call {
  readonly index: number | undefined;
  /** The host's id, if it gave one. */
  wireId: string | undefined;
  callId: string;
  tool: string;
  extra: Json | undefined;
  told: boolean;
  /** Joined once at the end: joining at each delta costs the square of the length. */
  readonly pieces: string[];
}

/** Puts calls together from their pieces. */
export interface CallList {
  /** Adds a piece, and its `tool.delta` to `out`. */
  push(piece: CallPiece, out: ModelEvent[]): void;
  /** Gives the whole calls, and deltas that were still owed. */
  finish(out: ModelEvent[]): ToolCallPart[];
}

/** Ids below this length ("0", "call_1") repeat from turn to turn, so they are replaced. */
const shortestId = 9;

export function callList(vendor: string): CallList {
  const calls: Call[] = [];

  function find({ index, id, function: fn }: CallPiece): Call | undefined {
    const name = fn?.name;
    if (typeof index === 'number') {
      const known = calls.findLast((call) => call.index === index);
      // Some hosts give every parallel call index 0; a new id with a name tells them apart.
      return known && id && name && known.wireId !== undefined && known.wireId !== id ? undefined : known;
    }
    if (id) return calls.find((call) => call.wireId === id) ?? (name ? undefined : calls.at(-1));
    const last = calls.at(-1);
    if (!name || !last) return last;
    return last.tool === name && !isWhole(last.pieces) ? last : undefined;
  }

  function open({ index, id }: CallPiece): Call {
    const taken = id ? calls.some((call) => call.callId === id) : true;
    const callId = id && id.length >= shortestId && !taken ? id : `call_${newId()}`;
    const call: Call = {
      index: index ?? undefined,
      wireId: id ?? undefined,
      callId,
      tool: '',
      extra: undefined,
      told: false,
      pieces: [],
    };
    calls.push(call);
    return call;
  }

  /** State goes with the first piece that is told. */
  function tell(call: Call, json: string, out: ModelEvent[]): void {
    const state = call.told ? undefined : stateOf(call);
    call.told = true;
    out.push({
      type: 'tool.delta',
      callId: call.callId,
      tool: call.tool,
      json,
      ...(state ? { provider: state } : {}),
    });
  }

  function stateOf({ extra }: Call): ProviderState | undefined {
    return extra === undefined ? undefined : { vendor, data: { extra_content: extra } };
  }

  return {
    push(piece, out) {
      const call = find(piece) ?? open(piece);
      if (piece.extra_content !== undefined) call.extra = piece.extra_content;
      const name = piece.function?.name;
      const json = argumentText(piece.function?.arguments);
      if (name && !call.tool) {
        call.tool = name;
        // What came before the name is owed.
        for (const owed of call.pieces) tell(call, owed, out);
      }
      if (json === '') return;
      call.pieces.push(json);
      if (call.tool) tell(call, json, out);
    },
    finish(out) {
      return calls
        .filter((call) => call.tool !== '')
        .map((call) => {
          if (call.pieces.length === 0) tell(call, '{}', out);
          const state = stateOf(call);
          const { callId, tool, pieces } = call;
          return { type: 'call', callId, tool, json: pieces.join('') || '{}', ...(state ? { provider: state } : {}) };
        });
    },
  };
}

/** A few hosts send the arguments as an object. */
function argumentText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function isWhole(pieces: readonly string[]): boolean {
  try {
    JSON.parse(pieces.join(''));
    return true;
  } catch {
    return false;
  }
}
