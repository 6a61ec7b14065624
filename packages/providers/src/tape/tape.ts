import { readFileSync } from 'node:fs';
import { CapstanError, type ErrorInfo, type Json, type ModelEvent, type ModelInfo } from '@capstan/sdk/contract';

/** A request as a tape keeps it: masked, the bytes of files replaced by their hash. */
export interface TapeRequest {
  readonly instructions?: string;
  readonly messages: readonly Json[];
  readonly tools: readonly Json[];
  readonly maxOutputTokens?: number;
  readonly output?: Json;
  readonly seed?: number;
  readonly toolChoice?: Json;
  readonly parallelCalls?: boolean;
  readonly sampling?: Json;
  readonly reasoning?: string;
}

/** One model call. */
export interface TapeCall {
  /** Hash of the request. */
  readonly print: string;
  readonly request: TapeRequest;
  readonly events: readonly { readonly ms: number; readonly event: ModelEvent }[];
  /** How it ended: `done` with its closing message, `left` by its reader, or an error. */
  readonly end: 'done' | 'left' | ErrorInfo;
  /** Milliseconds from the request to the end. */
  readonly ms: number;
}

/** The model calls of a tape, in the order in which they ended. */
export interface Tape {
  readonly model: string;
  readonly info: ModelInfo;
  readonly calls: readonly TapeCall[];
}

/** A tape is a file of JSON lines: its head, then for each call the values it is the first to use, then the call. */
export type TapeLine = TapeHead | TapeValue | TapeEntry;

export interface TapeHead {
  readonly tape: 1;
  readonly model: string;
  readonly info: ModelInfo;
}

/** A message, a tool or instructions, kept once however many calls use it. */
export interface TapeValue {
  readonly hash: string;
  readonly value: Json;
}

export interface TapeEntry {
  readonly print: string;
  /** As `TapeRequest`, with hashes of values. */
  readonly request: {
    readonly instructions?: string;
    readonly messages: readonly string[];
    readonly tools: readonly string[];
    readonly rest: Json;
  };
  /** Milliseconds since the request, and the event. */
  readonly events: readonly (readonly [ms: number, event: ModelEvent])[];
  readonly end: TapeCall['end'];
  readonly ms: number;
}

/**
 * Reads a tape.
 *
 * @throws {CapstanError} `not_found` if there is no file, `invalid_config` if it is no tape.
 */
export function readTape(file: string): Tape {
  let head: TapeHead | undefined;
  const values = new Map<string, Json>();
  const calls: TapeCall[] = [];
  for (const [index, line] of readText(file).split('\n').entries()) {
    if (line === '') continue;
    const parsed = parseLine(line, `${file}:${index + 1}`);
    if ('tape' in parsed) head = parsed;
    else if ('hash' in parsed) values.set(parsed.hash, parsed.value);
    else calls.push(callOf(parsed, values));
  }
  if (head?.tape !== 1)
    throw new CapstanError('invalid_config', `${file} is no tape. Make one with record(model, file).`, { where: file });
  return { model: head.model, info: head.info, calls };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CapstanError(
      'not_found',
      `There is no tape ${file}. Make one with record(model, file).`,
      { where: file },
      { cause },
    );
  }
}

function parseLine(line: string, where: string): TapeLine {
  try {
    const value = JSON.parse(line) as TapeLine;
    if (typeof value === 'object' && value !== null && ('tape' in value || 'hash' in value || 'print' in value))
      return value;
  } catch {}
  throw new CapstanError('invalid_config', `${where} is no line of a tape. Record the tape again.`, { where });
}

function callOf({ print, request, events, end, ms }: TapeEntry, values: ReadonlyMap<string, Json>): TapeCall {
  const valueOf = (hash: string): Json => values.get(hash) ?? null;
  const { instructions, messages, tools, rest } = request;
  return {
    print,
    end,
    ms,
    events: events.map(([at, event]) => ({ ms: at, event })),
    request: {
      ...(rest as object),
      ...(instructions === undefined ? {} : { instructions: String(valueOf(instructions)) }),
      messages: messages.map(valueOf),
      tools: tools.map(valueOf),
    },
  };
}
