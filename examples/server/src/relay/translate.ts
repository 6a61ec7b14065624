import { CapstanError, isCapstanError, type Model, type ModelEvent, type ModelMessage } from '@capstan/sdk/contract';
import type { Dialect, Inbound, ReplyContext, StreamEncoder } from '../dialect/dialect.ts';
import type { Begun, BegunStream, Ended } from './begun.ts';
import type { ClientStream } from './client-stream.ts';
import { hideKeysInText } from './hide-keys.ts';

/** A call that goes to a model in another dialect than the client's. */
export interface Translation {
  readonly model: Model;
  readonly dialect: Dialect;
  readonly inbound: Inbound;
  readonly reply: ReplyContext;
  /** Keys that must not come out. */
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
  /** Words for a client whose stream breaks off. */
  readonly failText: (error: CapstanError, encoder: StreamEncoder) => string;
}

/**
 * Calls the model and waits for its first event, or for all of its reply where no stream was asked for.
 *
 * @throws {CapstanError} What the model throws.
 */
export async function translate(call: Translation): Promise<Begun> {
  const { model, dialect, inbound, reply, signal } = call;
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const events = model.stream(inbound.request, { signal: controller.signal })[Symbol.asyncIterator]();
  try {
    if (inbound.stream) {
      const first = await nextEvent(events);
      const over = (): void => signal.removeEventListener('abort', stop);
      return new TranslatedStream({ call, events, first, controller, over });
    }
    const message = await lastEvent(events);
    signal.removeEventListener('abort', stop);
    return {
      kind: 'whole',
      status: 200,
      contentType: 'application/json; charset=utf-8',
      body: hideKeysInText(call.keys)(JSON.stringify(dialect.encode(message, reply))),
      usage: message.usage,
    };
  } catch (error) {
    signal.removeEventListener('abort', stop);
    throw ofOurs(error, model.id);
  }
}

/** Characters that are gathered at the most before they are written: a client that does not read is noticed by then. */
const longestPiece = 65_536;

type Events = AsyncIterator<ModelEvent>;

async function nextEvent(events: Events): Promise<ModelEvent> {
  for (;;) {
    const step: IteratorResult<ModelEvent, unknown> = await events.next();
    if (step.done === true)
      throw new CapstanError('model_failed', 'The model ended without a reply. Try again.', { retryable: true });
    // Another model of the same kind took over; nothing was said yet.
    if (step.value.type !== 'switch') return step.value;
  }
}

async function lastEvent(events: Events): Promise<ModelMessage> {
  for (;;) {
    const event = await nextEvent(events);
    if (event.type === 'message') {
      await events.return?.();
      return event;
    }
  }
}

interface Parts {
  readonly call: Translation;
  readonly events: Events;
  readonly first: ModelEvent;
  readonly controller: AbortController;
  readonly over: () => void;
}

class TranslatedStream implements BegunStream {
  readonly kind = 'stream';
  readonly contentType: string;
  readonly #parts: Parts;
  readonly #encoder: StreamEncoder;
  #pieces = 0;
  #ended: Ended = {};

  constructor(parts: Parts) {
    const { dialect, reply } = parts.call;
    this.#parts = parts;
    this.#encoder = dialect.stream(reply);
    this.contentType = this.#encoder.contentType;
  }

  async deliver(client: ClientStream): Promise<Ended> {
    const { events, first, call, over } = this.#parts;
    try {
      await this.#pump(client, first, events);
    } catch (thrown) {
      const error = ofOurs(thrown, call.model.id);
      this.#ended = { usage: error.details.usage, error };
      client.end(call.failText(error, this.#encoder));
    } finally {
      over();
      void events.return?.();
    }
    return this.soFar();
  }

  abandon(reason: CapstanError): void {
    this.#parts.controller.abort(reason);
    void this.#parts.events.return?.();
    this.#parts.over();
  }

  soFar(): Ended {
    return { ...this.#ended, pieces: this.#pieces };
  }

  /** Writes what one read of the upstream brought as one piece. */
  async #pump(client: ClientStream, first: ModelEvent, events: Events): Promise<void> {
    const hide = hideKeysInText(this.#parts.call.keys);
    let text = '';
    let flush: NodeJS.Immediate | undefined;
    let full = false;
    const write = (): void => {
      flush = undefined;
      const piece = hide(text);
      text = '';
      if (piece !== '' && !client.write(piece)) full = true;
    };
    try {
      for (let event = first; ; event = await nextEvent(events)) {
        this.#pieces += 1;
        text += this.#encoder.encode(event);
        if (event.type === 'message') {
          this.#ended = { usage: event.usage };
          break;
        }
        if (event === first || text.length >= longestPiece) write();
        else flush ??= setImmediate(write);
        if (full) {
          await new Promise<void>((resolve) => client.onceDrained(resolve));
          full = false;
        }
      }
    } finally {
      clearImmediate(flush);
      if (text !== '') write();
    }
    client.end();
  }
}

function ofOurs(error: unknown, model: string): CapstanError {
  if (isCapstanError(error)) return error;
  const text = `The relay could not translate a reply of ${model}. Tell its operator the request id.`;
  return new CapstanError('model_failed', text, { model, status: 500 }, { cause: error });
}
