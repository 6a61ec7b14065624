import { CapstanError, type Model, type ModelEvent } from '@capstan/sdk/contract';
import { tryPlaces } from '../relay/try-places.ts';
import type { Upstreams } from '../upstream/upstreams.ts';

export interface RoutedModelOptions {
  readonly upstreams: Pick<Upstreams, 'resolve'>;
  /** As a client would name the model. */
  readonly name: string;
  /** Gives Unix milliseconds. */
  readonly now: () => number;
  /** Gives numbers from 0 to 1. */
  readonly random: () => number;
}

/**
 * Makes a model of a name as the relay routes it. Until the first event of a reply each call tries keys and places as a
 * client's call does; what has begun stays where it is.
 *
 * @throws {CapstanError} `not_found` when the name leads nowhere.
 */
export function routedModel({ upstreams, name, now, random }: RoutedModelOptions): Model {
  const [first] = upstreams.resolve(name);
  if (!first) throw new CapstanError('not_found', `The model "${name}" leads nowhere.`, { where: 'model' });
  return {
    id: name.includes('/') ? name : `${first.upstream.name}/${name}`,
    info: first.upstream.info(first.model),
    async *stream(request, options) {
      const { reply, release } = await tryPlaces({
        places: upstreams.resolve(name),
        signal: options.signal,
        begin: ({ upstream, model }, key) => begin(upstream.model(model, key).stream(request, options)),
        failed: () => {},
        now,
        random,
      });
      try {
        yield reply.first;
        yield* reply.rest;
      } finally {
        await reply.rest.return?.();
        release();
      }
    },
  };
}

interface Begun {
  readonly first: ModelEvent;
  readonly rest: AsyncIterableIterator<ModelEvent>;
}

async function begin(events: AsyncIterable<ModelEvent>): Promise<Begun> {
  const iterator = events[Symbol.asyncIterator]();
  const step = await iterator.next();
  if (step.done)
    throw new CapstanError('model_failed', 'The model ended without a reply. Try again.', { retryable: true });
  return { first: step.value, rest: iterable(iterator) };
}

function iterable(iterator: AsyncIterator<ModelEvent>): AsyncIterableIterator<ModelEvent> {
  return {
    next: () => iterator.next(),
    return: () => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
