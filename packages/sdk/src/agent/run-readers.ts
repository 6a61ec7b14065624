import { EventEmitter } from 'eventemitter3';
import type { EventOf, EventType, RunEvent } from '../contract/event.ts';
import { EventLog } from './event-log.ts';

/** Those who follow a run: loops over its events, and listeners by type. */
export class RunReaders {
  readonly #log = new EventLog();
  readonly #emitter = new EventEmitter();

  publish(event: RunEvent): void {
    this.#log.push(event);
    this.#emitter.emit(event.type, event);
  }

  /** No event follows. */
  close(): void {
    this.#log.close();
    this.#emitter.removeAllListeners();
  }

  /** Reads from the first event on. */
  read(): AsyncIterator<RunEvent> {
    return this.#log.read();
  }

  /** Calls a function for each event of a type; what it throws becomes a warning. Returns how to stop that. */
  on<T extends EventType>(type: T, listener: (event: EventOf<T>) => void): () => void {
    const safe = (event: EventOf<T>) => {
      try {
        const returned: unknown = listener(event);
        if (returned instanceof Promise) returned.catch(warn);
      } catch (error) {
        warn(error);
      }
    };
    this.#emitter.on(type, safe);
    return () => void this.#emitter.off(type, safe);
  }
}

/** Tells of an error that must not stop a run. */
export function warn(error: unknown): void {
  const message = error instanceof Error ? error : String(error);
  if (typeof process === 'object') process.emitWarning(message, 'CapstanListenerWarning');
  else console.warn(message);
}
