/** Holds back what is not yet a whole event, so that whatever goes out ends where another event may begin. */
export interface SseFrames {
  /** Takes the next bytes; gives the events that are whole now, as one piece. */
  push(chunk: Buffer): Buffer | undefined;
  /** What is left of an event that never became whole. */
  rest(): Buffer;
}

const newline = 0x0a;
const carriage = 0x0d;

/**
 * Cuts a stream of server-sent events at the borders of events.
 *
 * @param maxBytes Length of one event beyond which `push` throws.
 */
export function sseFrames(maxBytes: number): SseFrames {
  let held: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      const end = borderEnd(held.length === 0 ? chunk : withSeam(held, chunk));
      const cut = held.length === 0 ? end : end - seamLength(held);
      if (end <= 0 || cut <= 0) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new RangeError(`An event of the stream is longer than ${maxBytes} bytes.`);
        held.push(chunk);
        return undefined;
      }
      const whole = cut === chunk.length ? chunk : chunk.subarray(0, cut);
      const out = held.length === 0 ? whole : Buffer.concat([...held, whole]);
      held = cut === chunk.length ? [] : [chunk.subarray(cut)];
      bytes = chunk.length - cut;
      return out;
    },
    rest: () => Buffer.concat(held),
  };
}

/** Bytes of the border that may lie before the new chunk. */
const seam = 3;

function seamLength(held: readonly Buffer[]): number {
  let length = 0;
  for (let at = held.length - 1; at >= 0 && length < seam; at -= 1) length += held[at]?.length ?? 0;
  return Math.min(length, seam);
}

function withSeam(held: readonly Buffer[], chunk: Buffer): Buffer {
  const last = held.at(-1) ?? Buffer.alloc(0);
  const before = last.length >= seam ? last : Buffer.concat(held.slice(-seam));
  return Buffer.concat([before.subarray(-seam), chunk]);
}

/** The end of the last border (an empty line, in any of the three styles of line ends); 0 where there is none. */
function borderEnd(text: Buffer): number {
  const { length } = text;
  if (length >= 2 && text[length - 1] === newline && text[length - 2] === newline) return length;
  const unix = text.lastIndexOf('\n\n') + 2;
  // Only a stream that has carriage returns at all needs the other two looks.
  if (text.indexOf(carriage) < 0) return unix > 1 ? unix : 0;
  const windows = text.lastIndexOf('\r\n\r\n') + 4;
  const old = text.lastIndexOf('\r\r') + 2;
  return Math.max(unix > 1 ? unix : 0, windows > 3 ? windows : 0, old > 1 ? old : 0);
}
