/** One event of a stream. */
export interface SseEvent {
  /** Of the buffer it lies in, its border included. */
  readonly start: number;
  readonly end: number;
  /** The data lines joined; `undefined` for a comment. */
  readonly data: string | undefined;
}

/** Reads the events of a piece that ends at a border. */
export function sseEvents(bytes: Buffer): SseEvent[] {
  const events: SseEvent[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = nextBorder(bytes, start);
    events.push({ start, end, data: dataOf(bytes.toString('utf8', start, end)) });
    start = end;
  }
  return events;
}

/** The event that holds a position. */
export function eventAt(bytes: Buffer, position: number): SseEvent {
  const from = Math.max(...borders.map((border) => endOf(bytes.lastIndexOf(border, position), border, 0)));
  const end = nextBorder(bytes, position);
  return { start: from, end, data: dataOf(bytes.toString('utf8', from, end)) };
}

function nextBorder(bytes: Buffer, from: number): number {
  const ends = borders.map((border) => endOf(bytes.indexOf(border, from), border, bytes.length));
  return Math.min(...ends);
}

const borders = ['\n\n', '\r\n\r\n', '\r\r'] as const;

function endOf(found: number, border: string, otherwise: number): number {
  return found < 0 ? otherwise : found + border.length;
}

function dataOf(text: string): string | undefined {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data'));
  if (lines.length === 0) return undefined;
  return lines.map((line) => line.replace(/^data:? ?/, '')).join('\n');
}
