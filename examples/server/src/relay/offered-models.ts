import { listModels } from '@capstan/providers';
import type { ModelInfo } from '@capstan/sdk/contract';
import type { OfferedModel } from '../dialect/model-list.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { kindOf } from '../config/kinds.ts';

/** Tells which models clients may name. */
export type OfferedModels = () => Promise<readonly OfferedModel[]>;

/** For how long an upstream's own list counts as new, and how long it may take. */
const freshMs = 300_000;
const patienceMs = 5000;

interface Kept {
  readonly upstream: Upstream;
  readonly until: number;
  readonly names: Promise<readonly string[]>;
}

/**
 * Lists the names of the configuration, then what each upstream lists itself, by the name that leads there. An upstream
 * that does not answer is left out.
 *
 * @param now Gives Unix milliseconds.
 */
export function offeredModels(upstreams: Upstreams, now: () => number): OfferedModels {
  const since = now();
  const kept = new Map<string, Kept>();

  function namesOf(upstream: Upstream): Promise<readonly string[]> {
    const known = kept.get(upstream.name);
    if (known && known.upstream === upstream && known.until > now()) return known.names;
    const names = withPatience(liveNames(upstream)).catch(() => []);
    kept.set(upstream.name, { upstream, until: now() + freshMs, names });
    return names;
  }

  function offer(id: string, made: { readonly owner: string; readonly info: ModelInfo }): OfferedModel {
    return { id, since, ...made };
  }

  function aliases(): OfferedModel[] {
    return upstreams.aliases().flatMap((id) => {
      const place = placeOf(upstreams, id);
      return place ? [offer(id, { owner: place.upstream.name, info: place.upstream.info(place.model) })] : [];
    });
  }

  return async () => {
    const lists = await Promise.all(
      upstreams.list().map(async (upstream) => {
        const exact = (upstream.settings.models ?? []).filter((name) => !name.includes('*'));
        const names = [...new Set([...exact, ...(await namesOf(upstream))])];
        return names.map((name) => {
          const direct = placeOf(upstreams, name)?.upstream === upstream;
          return offer(direct ? name : `${upstream.name}/${name}`, { owner: upstream.name, info: upstream.info(name) });
        });
      }),
    );
    const all = [...aliases(), ...lists.flat()];
    return [...new Map(all.map((one) => [one.id, one])).values()];
  };
}

function placeOf(upstreams: Upstreams, name: string) {
  try {
    return upstreams.resolve(name)[0];
  } catch {
    return undefined;
  }
}

async function liveNames({ settings, keys, headers }: Upstream): Promise<readonly string[]> {
  const { kind } = settings;
  if (kind === 'practice' || kind === 'azure') return [];
  const vendor = kind === 'compatible' ? 'openai' : kind;
  const baseURL = settings.baseURL ?? kindOf(kind).baseURL;
  const apiKey = keys.pick(new Set()) ?? 'none';
  const listed = await listModels(vendor, { apiKey, headers, ...(baseURL === undefined ? {} : { baseURL }), env: {} });
  return listed.map(({ id }) => id.slice(vendor.length + 1));
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('The list of models takes too long.')), patienceMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
