import { isDeepStrictEqual } from 'node:util';
import { CapstanError } from '@capstan/sdk/contract';
import { kindOf } from '../config/kinds.ts';
import type { Settings } from '../config/schema.ts';
import { resolveTarget, type RoutingTable } from './resolve-target.ts';
import { createUpstream, type Upstream, type UpstreamOptions } from './upstream.ts';

/** An upstream and the model's name there. */
export interface Place {
  readonly upstream: Upstream;
  readonly model: string;
}

/** The upstreams of the configuration that holds now. */
export interface Upstreams {
  /**
   * Finds where a client's name for a model leads, first choice first.
   *
   * @throws {CapstanError} `not_found` with status 404 when it leads nowhere.
   */
  resolve(name: string): readonly Place[];
  /** All, in the order of the configuration. */
  list(): readonly Upstream[];
  /** Names that the routes give to models, those without `*`. */
  aliases(): readonly string[];
  /**
   * Takes another configuration; upstreams whose settings are the same keep their state. On a fault all stays as it was.
   *
   * @throws {CapstanError} What making an upstream throws.
   */
  apply(settings: RoutedSettings): Promise<void>;
  close(): Promise<void>;
}

export type RoutedSettings = Pick<Settings, 'upstreams' | 'routes' | 'fallback'>;

/** Makes the upstreams of a configuration. @throws {CapstanError} What making one throws. */
export async function openUpstreams(
  settings: RoutedSettings,
  options: Omit<UpstreamOptions, 'name' | 'settings'>,
): Promise<Upstreams> {
  let known = new Map<string, Upstream>();
  let table: RoutingTable = { routes: [], upstreams: [] };

  async function apply({ upstreams, routes, fallback }: RoutedSettings): Promise<void> {
    const next = new Map<string, Upstream>();
    for (const [name, one] of Object.entries(upstreams)) {
      const kept = known.get(name);
      const same = kept && isDeepStrictEqual(kept.settings, one);
      next.set(name, same ? kept : await createUpstream({ ...options, name, settings: one }));
    }
    const gone = [...known.values()].filter((upstream) => next.get(upstream.name) !== upstream);
    known = next;
    table = {
      routes,
      fallback,
      upstreams: [...next.values()].map(({ name, settings: one }) => ({
        name,
        models: one.models ?? kindOf(one.kind).models,
      })),
    };
    // Their calls go on to the end; nothing waits for that.
    for (const upstream of gone) void upstream.close();
  }

  await apply(settings);
  return {
    resolve(name) {
      const places = resolveTarget(name, table).flatMap(({ upstream, model }) => {
        const found = known.get(upstream);
        return found ? [{ upstream: found, model }] : [];
      });
      if (places.length > 0) return places;
      const text = `The model "${name.slice(0, 100)}" leads to no upstream of this relay. GET /v1/models lists those that do.`;
      throw new CapstanError('not_found', text, { status: 404, where: 'model' });
    },
    list: () => [...known.values()],
    aliases: () => table.routes.flatMap(({ model }) => (model.includes('*') ? [] : [model])),
    apply,
    close: async () => {
      await Promise.all([...known.values()].map((upstream) => upstream.close()));
    },
  };
}
