import type { CapstanError } from '@capstan/sdk/contract';
import { errorFromEvent } from '@capstan/providers/wire';
import type { Wire } from '../config/kinds.ts';
import type { Begun, BegunStream, Ended } from './begun.ts';
import { type BodyReader, garbled } from './body-reader.ts';
import type { ClientStream } from './client-stream.ts';
import { hideKeys, type HideKeys } from './hide-keys.ts';
import { createSniffer, isError, type Sniffer } from './sniffer.ts';
import { sseEvents } from './sse-event.ts';
import { type SseFrames, sseFrames } from './sse-frames.ts';

export interface PassedStreamOptions {
  readonly wire: Wire;
  readonly stripUsage: boolean;
  /** Replies that were asked for at once. */
  readonly choices: number;
  readonly keys: readonly string[];
  /** `upstream/model`, for messages. */
  readonly name: string;
  readonly contentType: string;
  readonly begun: (begun: Begun) => void;
  /** The reply failed before it had begun. */
  readonly failed: (error: CapstanError) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly abort: (reason: Error) => void;
  /** Nothing more will come. */
  readonly over: () => void;
  readonly failText: (error: CapstanError) => string;
}

const maxEventBytes = 67_108_864;

/** Passes a stream on, event by whole event. Until its first one nothing is promised to the client. */
export function passedStream(options: PassedStreamOptions): BodyReader {
  return new PassedStream(options);
}

class PassedStream implements BodyReader, BegunStream {
  readonly kind = 'stream';
  readonly contentType: string;
  readonly #options: PassedStreamOptions;
  readonly #frames: SseFrames = sseFrames(maxEventBytes);
  readonly #sniffer: Sniffer;
  readonly #hide: HideKeys;
  /** Events that came before the client was ready for them. */
  #early: Buffer[] = [];
  #state: 'waiting' | 'begun' | 'flowing' | 'over' = 'waiting';
  #client: ClientStream | undefined;
  #paused = false;
  /** What ended the stream, when it ended before the client was ready. */
  #error: CapstanError | undefined;
  #ended: ((ended: Ended) => void) | undefined;

  constructor(options: PassedStreamOptions) {
    this.#options = options;
    this.contentType = options.contentType;
    this.#sniffer = createSniffer(options);
    this.#hide = hideKeys(options.keys);
  }

  push(chunk: Buffer): void {
    if (this.#state === 'over') return;
    try {
      const events = this.#frames.push(chunk);
      if (events) this.#take(events);
    } catch (cause) {
      this.#options.abort(cause as Error);
      const error = garbled(this.#options.name, 'an event without an end');
      if (this.#state === 'waiting') this.#refuse(error);
      else this.fail(error);
    }
  }

  end(): void {
    if (this.#state === 'over') return;
    // Some servers leave out the empty line behind the last event; one that was cut is no event.
    const rest = Buffer.concat([this.#frames.rest(), Buffer.from('\n\n')]);
    if (sseEvents(rest).some(({ data }) => data !== undefined && isWhole(data))) this.#take(rest);
    if (this.#isOver()) return;
    if (this.#state === 'waiting')
      return this.#options.failed(garbled(this.#options.name, 'a stream without an event'));
    this.#finish(this.#sniffer.complete() ? undefined : garbled(this.#options.name, 'a stream that broke off'));
  }

  fail(error: CapstanError): void {
    if (this.#state === 'over') return;
    // What ended it before it began is told already.
    if (this.#state === 'waiting') this.#state = 'over';
    else this.#finish(this.#sniffer.complete() ? undefined : error);
  }

  deliver(client: ClientStream): Promise<Ended> {
    this.#client = client;
    for (const events of this.#early) client.write(events);
    this.#early = [];
    if (this.#state === 'over') {
      client.end(this.#error ? this.#options.failText(this.#error) : this.#sniffer.missing());
      return Promise.resolve(this.soFar());
    }
    this.#state = 'flowing';
    if (this.#paused) this.#unpause();
    return new Promise((resolve) => {
      this.#ended = resolve;
    });
  }

  abandon(reason: CapstanError): void {
    this.#options.abort(reason);
    this.fail(reason);
  }

  soFar(): Ended {
    return { usage: this.#sniffer.usage(), error: this.#error, pieces: this.#sniffer.pieces };
  }

  #take(events: Buffer): void {
    if (this.#state === 'waiting' && !this.#begin(events)) return;
    const passed = this.#hide(this.#sniffer.events(events));
    if (this.#state === 'flowing') this.#write(passed);
    else {
      this.#early.push(passed);
      this.#pause();
    }
  }

  #write(events: Buffer): void {
    const client = this.#client;
    if (!client || client.write(events) || this.#paused) return;
    this.#pause();
    client.onceDrained(() => this.#unpause());
  }

  /** Looks at the first event, which may be a refusal in the shape of a stream; comments are no beginning. */
  #begin(events: Buffer): boolean {
    const first = sseEvents(events).find(({ data }) => data !== undefined)?.data;
    if (first === undefined) return false;
    if (isError(first)) {
      const { name } = this.#options;
      const asked = { model: name, vendor: name, secrets: this.#options.keys };
      this.#refuse(errorFromEvent(JSON.parse(first), asked));
      return false;
    }
    this.#state = 'begun';
    this.#options.begun(this);
    return true;
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #refuse(error: CapstanError): void {
    this.#state = 'over';
    this.#options.failed(error);
  }

  #finish(error: CapstanError | undefined): void {
    const flowing = this.#state === 'flowing';
    this.#state = 'over';
    this.#error = error;
    this.#options.over();
    if (!flowing) return;
    this.#client?.end(error ? this.#options.failText(error) : this.#sniffer.missing());
    this.#ended?.(this.soFar());
  }

  #pause(): void {
    this.#paused = true;
    this.#options.pause();
  }

  #unpause(): void {
    this.#paused = false;
    if (this.#state !== 'over') this.#options.resume();
  }
}

function isWhole(data: string): boolean {
  if (data === '[DONE]') return true;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}
