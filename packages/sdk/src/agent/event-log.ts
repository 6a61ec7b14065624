import { isDurable } from '../contract/event.ts';
import type { RunEvent } from '../contract/event.ts';

type Delta = Extract<RunEvent, { type: 'text.delta' | 'reasoning.delta' | 'tool.delta' | 'tool.progress' }>;

/** Deltas in a row of one kind, kept as one. */
interface Block {
  readonly first: Delta;
  /** The newest piece, given as it came to readers that are up to date. */
  last: Delta;
  text: string;
}

/** A block is closed at this length, so that a reader that lags never joins more than this at a time. */
const blockChars = 4096;
/** Live tool output kept for readers that lag; what is older is gone for them, since results hold what matters. */
const progressChars = 1_048_576;

/**
 * The events of one run in memory, for readers that join at any time. Durable events are kept as they are; deltas in a
 * row are merged, so memory is bounded by the text itself however far a reader lags.
 */
export class EventLog {
  readonly #entries: (RunEvent | Block | undefined)[] = [];
  #waiting: (() => void)[] = [];
  readonly #progress: number[] = [];
  #progressKept = 0;
  #closed = false;

  push(event: RunEvent): void {
    if (isDelta(event)) this.#merge(event);
    else this.#entries.push(event);
    this.#wake();
  }

  /** No event follows. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Reads from the first event on. Leaving detaches this reader only. */
  read(): AsyncIterator<RunEvent> {
    let index = 0;
    let chars = 0;
    let left = false;
    const take = (): RunEvent | undefined => {
      while (index < this.#entries.length) {
        const entry = this.#entries[index];
        if (entry && !isBlock(entry)) return (index++, (chars = 0), entry);
        if (entry && entry.text.length > chars) {
          const event = since(entry, chars);
          chars = entry.text.length;
          return event;
        }
        if (index === this.#entries.length - 1 && entry) return undefined;
        index++;
        chars = 0;
      }
      return undefined;
    };
    return {
      next: async () => {
        for (;;) {
          const event = left ? undefined : take();
          if (event) return { value: event, done: false };
          if (left || this.#closed) return { value: undefined, done: true };
          await new Promise<void>((wake) => this.#waiting.push(wake));
        }
      },
      return: async () => {
        left = true;
        this.#wake();
        return { value: undefined, done: true };
      },
    };
  }

  #merge(event: Delta): void {
    const at = this.#entries.length - 1;
    const open = this.#entries[at];
    if (open && isBlock(open) && open.text.length < blockChars && sameKind(open.first, event)) {
      open.text += textOf(event);
      open.last = event;
    } else {
      this.#entries.push({ first: event, last: event, text: textOf(event) });
      if (event.type === 'tool.progress') this.#progress.push(at + 1);
    }
    if (event.type === 'tool.progress') this.#forget(event.text.length);
  }

  #forget(added: number): void {
    this.#progressKept += added;
    while (this.#progressKept > progressChars && this.#progress.length > 1) {
      const oldest = this.#progress.shift() ?? 0;
      const block = this.#entries[oldest];
      if (block && isBlock(block)) this.#progressKept -= block.text.length;
      this.#entries[oldest] = undefined;
    }
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

function isDelta(event: RunEvent): event is Delta {
  return !isDurable(event) && event.type !== 'child';
}

function isBlock(entry: RunEvent | Block): entry is Block {
  return 'first' in entry;
}

function sameKind(a: Delta, b: Delta): boolean {
  return a.type === b.type && (!('callId' in a) || !('callId' in b) || a.callId === b.callId);
}

function textOf(event: Delta): string {
  return event.type === 'tool.delta' ? event.json : event.text;
}

/** What a reader that has read `chars` of a block is given: the newest piece as it came, or all it missed as one. */
function since({ text, last }: Block, chars: number): Delta {
  const piece = textOf(last);
  if (chars === text.length - piece.length) return last;
  const missed = text.slice(chars);
  return last.type === 'tool.delta' ? { ...last, json: missed } : { ...last, text: missed };
}
