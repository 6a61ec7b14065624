import { CapstanError, type Model } from '@capstan/sdk/contract';
import type { Upstreams } from '../upstream/upstreams.ts';

/**
 * Makes a model of a name as the relay routes it; each call finds its upstream and key anew, and leaves alone what is out
 * of use. The agent's own retries do the rest.
 *
 * @throws {CapstanError} `not_found` when the name leads nowhere.
 */
export function routedModel(upstreams: Pick<Upstreams, 'resolve'>, name: string): Model {
  const [first] = upstreams.resolve(name);
  if (!first) throw new CapstanError('not_found', `The model "${name}" leads nowhere.`, { where: 'model' });
  return {
    id: name.includes('/') ? name : `${first.upstream.name}/${name}`,
    info: first.upstream.info(first.model),
    async *stream(request, options) {
      const places = upstreams.resolve(name);
      const place = places.find(({ upstream }) => upstream.breaker.state !== 'open') ?? places[0] ?? first;
      const { upstream } = place;
      const release = await upstream.slots.take(options.signal);
      try {
        yield* upstream.model(place.model, upstream.keys.pick(new Set())).stream(request, options);
      } finally {
        release();
      }
    },
  };
}
