import type { Usage } from '@capstan/sdk/contract';
import type { Wire } from '../config/kinds.ts';
import { countsIn, type Fields, usageFrom } from './read-usage.ts';
import { eventAt, type SseEvent, sseEvents } from './sse-event.ts';

/** Looks at a stream that passes through, by native search; only events that tell of usage are parsed. */
export interface Sniffer {
  /** Takes whole events and gives those that the client is to get. */
  events(bytes: Buffer): Buffer;
  /** Whether the stream has said that it is complete, as its vendor does. */
  complete(): boolean;
  /** What the vendor left out of the end of a complete stream, and clients wait for. */
  missing(): string;
  usage(): Usage | undefined;
  /** Events with data that came. */
  readonly pieces: number;
}

export interface SnifferOptions {
  readonly wire: Wire;
  /** Takes the closing event of usage out, which the relay asked for and the client did not. */
  readonly stripUsage?: boolean;
  /** Replies that were asked for at once. Default 1. */
  readonly choices?: number;
}

const quoted = {
  usage: Buffer.from('"usage"'),
  finish: Buffer.from('"finish_reason"'),
  usageMetadata: Buffer.from('"usageMetadata"'),
  finishReason: Buffer.from('"finishReason"'),
};
const dataField = Buffer.from('data:');
const braceOpen = 0x7b;
const quote = 0x22;
const newline = 0x0a;
const carriage = 0x0d;

/** Makes a sniffer for one reply. */
export function createSniffer(options: SnifferOptions): Sniffer {
  return options.wire === 'google' ? googleSniffer() : new EventSniffer(options);
}

class EventSniffer implements Sniffer {
  readonly #wire: Wire;
  readonly #stripUsage: boolean;
  readonly #counts: Fields[] = [];
  #last: Buffer = Buffer.alloc(0);
  readonly #choices: number;
  #finishes = 0;
  pieces = 0;

  constructor({ wire, stripUsage = false, choices = 1 }: SnifferOptions) {
    this.#wire = wire;
    this.#stripUsage = stripUsage;
    this.#choices = choices;
  }

  events(bytes: Buffer): Buffer {
    this.pieces += dataLines(bytes);
    this.#last = bytes;
    if (this.#wire === 'openai-chat') this.#finishes += finishesIn(bytes);
    const found = bytes.indexOf(quoted.usage);
    return found < 0 ? bytes : this.#withUsage(bytes, found);
  }

  complete(): boolean {
    return this.#finishes >= this.#choices || this.#hasEnded();
  }

  missing(): string {
    return this.#finishes >= this.#choices && !this.#hasEnded() ? 'data: [DONE]\n\n' : '';
  }

  #hasEnded(): boolean {
    // What ends a stream is its last event; only pings and comments may follow.
    return sseEvents(this.#last).some(({ data }) => data !== undefined && endsReply(this.#wire, data));
  }

  usage(): Usage | undefined {
    return usageFrom(this.#wire, this.#counts);
  }

  #withUsage(bytes: Buffer, first: number): Buffer {
    const kept: Buffer[] = [];
    let from = 0;
    for (let at = first; at >= 0;) {
      const next = bytes.indexOf(quoted.usage, at + quoted.usage.length);
      if (isObject(bytes, at + quoted.usage.length)) {
        const event = eventAt(bytes, at);
        if (this.#read(event) && this.#stripUsage) {
          kept.push(bytes.subarray(from, event.start));
          from = event.end;
        }
      }
      at = next;
    }
    if (from === 0) return bytes;
    return Buffer.concat([...kept, bytes.subarray(from)]);
  }

  /** Tells whether the event is there for nothing but the usage. */
  #read({ data }: SseEvent): boolean {
    const value = parsed(data);
    const counts = countsIn(this.#wire, value);
    if (!counts) return false;
    this.#counts.push(counts);
    const { choices } = value as { readonly choices?: unknown };
    return this.#wire === 'openai-chat' && Array.isArray(choices) && choices.length === 0;
  }
}

/** Gemini counts in every event, so only the last one is read, and that when it is asked for. */
function googleSniffer(): Sniffer {
  let last: Buffer | undefined;
  let finished = false;
  let pieces = 0;
  return {
    events(bytes) {
      pieces += dataLines(bytes);
      if (bytes.includes(quoted.usageMetadata)) last = bytes;
      finished ||= bytes.includes(quoted.finishReason) || bytes.includes('"blockReason"');
      return bytes;
    },
    complete: () => finished,
    missing: () => '',
    usage() {
      const events = last ? sseEvents(last) : [];
      return usageFrom(
        'google',
        events.flatMap(({ data }): Fields[] => {
          const counts = countsIn('google', parsed(data));
          return counts ? [counts] : [];
        }),
      );
    },
    get pieces() {
      return pieces;
    },
  };
}

/** Some hosts of chats close the stream behind the last choice, without OpenAI's last line. */
function finishesIn(bytes: Buffer): number {
  let finishes = 0;
  for (let at = bytes.indexOf(quoted.finish); at >= 0; at = bytes.indexOf(quoted.finish, at + quoted.finish.length)) {
    let value = at + quoted.finish.length;
    while (bytes[value] === 0x20 || bytes[value] === 0x3a) value += 1;
    if (bytes[value] === quote) finishes += 1;
  }
  return finishes;
}

function dataLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(dataField); at >= 0; at = bytes.indexOf(dataField, at + dataField.length))
    if (at === 0 || bytes[at - 1] === newline || bytes[at - 1] === carriage) lines += 1;
  return lines;
}

function isObject(bytes: Buffer, from: number): boolean {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x3a) at += 1;
  return bytes[at] === braceOpen;
}

function endsReply(wire: Wire, data: string): boolean {
  if (wire === 'openai-chat') return data.trim() === '[DONE]' || isError(data);
  if (!/"(message_stop|response\.(completed|incomplete|failed)|error)"/.test(data)) return false;
  const { type } = (parsed(data) ?? {}) as { readonly type?: unknown };
  return wire === 'anthropic'
    ? type === 'message_stop' || type === 'error'
    : type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed' || type === 'error';
}

/** An event by which the vendor itself says that the reply failed. */
export function isError(data: string): boolean {
  if (!data.includes('"error"')) return false;
  const value = parsed(data) as { readonly error?: unknown; readonly type?: unknown } | undefined;
  return value?.type === 'error' || (typeof value?.error === 'object' && value.error !== null);
}

function parsed(data: string | undefined): unknown {
  try {
    const value = JSON.parse(data ?? '') as unknown;
    return typeof value === 'object' ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}
