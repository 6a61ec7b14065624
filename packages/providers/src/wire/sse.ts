import { CapstanError } from '@capstan/sdk/contract';

/** One server-sent event. `event` is the name of the event, `undefined` when the stream gives none. */
export interface SseEvent {
  readonly event: string | undefined;
  /** The data lines joined by line feeds. */
  readonly data: string;
}

/** Decodes a stream of server-sent events from its bytes, whatever way they are cut into chunks. */
export interface SseDecoder {
  /** Takes the next bytes and gives the events they complete. Keeps no reference to `bytes` that are used up. */
  push(bytes: Uint8Array): readonly SseEvent[];
  /** Says that no more bytes come. Gives the last event when the stream lacks its final blank line or line feed. */
  end(): readonly SseEvent[];
}

const lf = 10;
const cr = 13;
const none: readonly SseEvent[] = [];

/**
 * Makes a decoder for one stream (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * Lines may end in LF, CR LF or CR; a byte-order mark, comments and unknown fields are skipped. Only whole lines are
 * turned into text, so a chunk may end inside a character.
 *
 * @param options.maxLineBytes A longer line fails with `model_failed`; default 64 MiB.
 */
export function sseDecoder({ maxLineBytes = 64 * 1024 * 1024 }: { readonly maxLineBytes?: number } = {}): SseDecoder {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let begun = false;
  let afterCr = false;
  let name: string | undefined;
  let data: string | undefined;

  /** Reads whole lines; the text ends with a line end. */
  function readLines(text: string): readonly SseEvent[] {
    const events: SseEvent[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      if (end === from) {
        if (data !== undefined) events.push({ event: name, data });
        name = data = undefined;
      } else if (text.startsWith('data:', from)) {
        const value = fieldValue(text, from + 5, end);
        data = data === undefined ? value : `${data}\n${value}`;
      } else if (text.startsWith('event:', from)) {
        name = fieldValue(text, from + 6, end) || undefined;
      } else if (text.slice(from, end) === 'data') {
        data = data === undefined ? '' : `${data}\n`;
      }
      from = end + 1;
    }
    return events;
  }

  function takeText(last: Uint8Array): string {
    let text: string;
    if (pendingBytes === 0) {
      text = toText(last);
    } else {
      pending.push(last);
      text = toText(Buffer.concat(pending, pendingBytes + last.length));
      pending = [];
      pendingBytes = 0;
    }
    if (!begun) {
      begun = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (afterCr && text.charCodeAt(0) === lf) text = text.slice(1);
    afterCr = text.length > 0 ? text.charCodeAt(text.length - 1) === cr : false;
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  }

  return {
    push(bytes) {
      const end = Math.max(bytes.lastIndexOf(lf), bytes.lastIndexOf(cr)) + 1;
      const events = end === 0 ? none : readLines(takeText(bytes.subarray(0, end)));
      if (end < bytes.length) {
        pendingBytes += bytes.length - end;
        if (pendingBytes > maxLineBytes) throw lineTooLong(maxLineBytes);
        // A copy: the caller may reuse its buffer.
        pending.push(new Uint8Array(bytes.subarray(end)));
      }
      return events;
    },
    end() {
      return readLines(`${takeText(new Uint8Array(0))}\n\n`);
    },
  };
}

function fieldValue(text: string, from: number, end: number): string {
  return text.slice(text.charCodeAt(from) === 32 ? from + 1 : from, end);
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function lineTooLong(maxLineBytes: number): CapstanError {
  return new CapstanError(
    'model_failed',
    `The model's reply has a line of more than ${maxLineBytes} bytes, so it was cut off. Check that the base URL points at a model API.`,
    { retryable: false },
  );
}
