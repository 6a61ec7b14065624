import type { ServerResponse } from 'node:http';
import type { Ticker, Ticking } from './ticker.ts';

export interface ClientStreamOptions {
  readonly response: ServerResponse;
  readonly ticker: Ticker;
  /** Sent when nothing else was for so long. */
  readonly heartBeat: { readonly text: string; readonly ms: number };
  /** How long the client may leave us waiting before it counts as gone. */
  readonly stalledMs: number;
}

/** A stream to a client. All that is written ends at the border of an event, so anything may be said in between. */
export class ClientStream implements Ticking {
  readonly #response: ServerResponse;
  readonly #ticker: Ticker;
  readonly #heartBeat: ClientStreamOptions['heartBeat'];
  readonly #stalledMs: number;
  #quietMs = 0;
  #full = false;
  #over = false;
  #waiting: (() => void)[] = [];
  readonly #onRead = (): void => {
    this.#full = false;
    this.#quietMs = 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  };

  constructor({ response, ticker, heartBeat, stalledMs }: ClientStreamOptions) {
    this.#response = response;
    this.#ticker = ticker;
    this.#heartBeat = heartBeat;
    this.#stalledMs = stalledMs;
  }

  /** Sends the head; from here on there is no other answer. */
  begin(headers: Readonly<Record<string, string>>): void {
    this.#response.writeHead(200, headers);
    this.#response.on('drain', this.#onRead);
    this.#response.on('close', this.#onRead);
    this.#ticker.add(this);
  }

  /** Whether the client can still be told something. */
  get open(): boolean {
    return !this.#over && !this.#response.destroyed;
  }

  /** Writes whole events; `false` asks to wait for `drained`. */
  write(events: Buffer | string): boolean {
    if (this.#over || events.length === 0) return true;
    this.#quietMs = 0;
    if (this.#response.write(events)) return true;
    this.#full = true;
    return false;
  }

  /** Calls back, perhaps at once, when the client has read what was written, or is gone. */
  onceDrained(go: () => void): void {
    if (!this.#full || this.#response.destroyed) go();
    else this.#waiting.push(go);
  }

  /** Says the last words, if any, and closes the stream. */
  end(last = ''): void {
    if (this.#over) return;
    this.#over = true;
    this.#ticker.delete(this);
    if (!this.#response.destroyed) this.#response.end(last);
  }

  tick(ms: number): void {
    this.#quietMs += ms;
    if (this.#response.destroyed) this.#ticker.delete(this);
    else if (this.#full) {
      // Destroying it is what a hang-up does, and is settled the same way.
      if (this.#quietMs >= this.#stalledMs) this.#response.destroy();
    } else if (this.#quietMs >= this.#heartBeat.ms) this.write(this.#heartBeat.text);
  }
}
