import { CapstanError, type Model, type ModelInfo } from '@capstan/sdk/contract';
import { modelInfo } from '@capstan/providers';
import { EnvHttpProxyAgent, Pool } from 'undici';
import type { Environment } from '../config/environment-settings.ts';
import { kindOf, type Wire } from '../config/kinds.ts';
import type { UpstreamSettings } from '../config/schema.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { keyRing, type KeyRing } from './key-ring.ts';
import { makeModel } from './make-model.ts';
import { resolveHeaders, resolveKeys, type SecretSources } from './resolve-secrets.ts';
import type { Sender } from './send.ts';
import { createSlots, type Slots } from './slots.ts';

/** The connections to an upstream. */
export type UpstreamPool = Sender & { readonly close: () => Promise<void> };

/** One place that answers, with all that is shared between its calls. */
export interface Upstream {
  readonly name: string;
  readonly settings: UpstreamSettings;
  readonly keys: KeyRing;
  /** Those of the configuration, which go with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its keys and secret headers, to keep them out of what is told. */
  readonly secrets: readonly string[];
  readonly slots: Slots;
  readonly breaker: Breaker;
  readonly pool: UpstreamPool;
  /** Tells whether bytes of this wire can pass through. */
  speaks(wire: Wire): boolean;
  /** Path for a path of the wire, for example `/chat/completions`. */
  pathOf(wire: Wire, path: string): string;
  /** The headers with which it knows us. */
  authHeaders(key: string | undefined): Readonly<Record<string, string>>;
  /** Gives a model for calls that are translated. */
  model(name: string, key: string | undefined): Model;
  /** What is known of a model: prices of the configuration first, then the catalogue. */
  info(name: string): ModelInfo;
  /** Closes its connections when the calls under way are over. */
  close(): Promise<void>;
}

export interface UpstreamOptions {
  readonly name: string;
  readonly settings: UpstreamSettings;
  readonly sources: SecretSources;
  readonly env: Environment;
  /** Gives Unix milliseconds. */
  readonly now: () => number;
  readonly notice: (message: string) => void;
}

/** Makes an upstream. @throws {CapstanError} `auth_missing` without its key, `invalid_config`. */
export async function createUpstream(options: UpstreamOptions): Promise<Upstream> {
  const { name, settings, sources, env, now, notice } = options;
  const kind = kindOf(settings.kind);
  const references = settings.keys ?? [];
  if (references.length === 0 && !kind.keyless) {
    const text = `The upstream ${name} has no keys. Give keys: [{"env": "${kind.keyVariables[0] ?? 'NAME'}"}].`;
    throw new CapstanError('auth_missing', text, { where: `upstreams.${name}.keys` });
  }
  const keys = keyRing(await resolveKeys(name, references, sources), now);
  const { headers: extra, secrets } = resolveHeaders(name, settings, env);
  const address = addressOf(name, settings);
  const pool = openPool(address, settings, env);
  const speaks = new Set<Wire>(settings.speaks ?? kind.speaks);
  const info = (model: string): ModelInfo => infoOf(settings, model);
  const models = new Map<string, Model>();

  return {
    name,
    settings,
    keys,
    headers: extra,
    secrets: [...keys.values, ...secrets],
    pool,
    slots: createSlots({ ...settings, name }),
    breaker: createBreaker({
      name,
      ...settings.breaker,
      changed: (state) => notice(`upstream ${name}: circuit ${state}`),
    }),
    speaks: (wire) => speaks.has(wire),
    pathOf: (wire, path) => `${address.prefix}${versionOf(wire, settings)}${path}`,
    authHeaders: (key) => ({ ...keyHeader(kind.auth, key), ...extra }),
    info,
    model(model, key) {
      const id = `${key ?? ''}\n${model}`;
      const known = models.get(id);
      if (known) return known;
      const made = makeModel({
        upstream: name,
        settings,
        model,
        key,
        baseURL: address.href,
        headers: extra,
        info: info(model),
      });
      // Clients choose names, so only so many are kept.
      if (models.size >= 500) models.delete(models.keys().next().value ?? '');
      models.set(id, made);
      return made;
    },
    close: () => pool.close(),
  };
}

interface Address {
  readonly origin: string;
  readonly prefix: string;
  /** Without a slash at the end. */
  readonly href: string;
}

function addressOf(name: string, settings: UpstreamSettings): Address {
  const given = settings.baseURL ?? kindOf(settings.kind).baseURL;
  if (given === undefined) {
    const text = `The upstream ${name} of kind ${settings.kind} has no address. Set upstreams.${name}.baseURL.`;
    throw new CapstanError('invalid_config', text, { where: `upstreams.${name}.baseURL` });
  }
  const url = new URL(given);
  if (url.username || url.password) {
    const text = `The address of the upstream ${name} holds a password. Put it into upstreams.${name}.headers by {"env": NAME}.`;
    throw new CapstanError('invalid_config', text, { where: `upstreams.${name}.baseURL` });
  }
  const prefix = url.pathname.replace(/\/+$/, '');
  const wires = settings.speaks ?? kindOf(settings.kind).speaks;
  // The version is part of these vendors' paths; an address that has it already means the same.
  const bare = wires.some((wire) => wire === 'anthropic' || wire === 'google')
    ? prefix.replace(/\/v1(beta|alpha)?$/, '')
    : prefix;
  return { origin: url.origin, prefix: bare, href: `${url.origin}${bare}` };
}

function versionOf(wire: Wire, settings: UpstreamSettings): string {
  if (wire === 'anthropic') return '/v1';
  if (wire === 'google') return '/v1beta';
  const mixed = (settings.speaks ?? []).some((one) => one === 'anthropic' || one === 'google');
  return mixed ? '/v1' : '';
}

function openPool({ origin }: Address, { concurrency, timeouts }: UpstreamSettings, env: Environment): UpstreamPool {
  const options = {
    connections: concurrency,
    connect: { timeout: timeouts.connectMs },
    keepAliveTimeout: 30_000,
    allowH2: false,
    maxHeaderSize: 65_536,
  };
  const proxied = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => env[name]);
  if (!proxied) return new Pool(origin, options);
  const agent = new EnvHttpProxyAgent(options);
  return {
    dispatch: (request, handler) => agent.dispatch({ ...request, origin }, handler),
    close: () => agent.close(),
  };
}

function keyHeader(auth: ReturnType<typeof kindOf>['auth'], key: string | undefined): Record<string, string> {
  if (key === undefined || auth === 'none') return {};
  return auth === 'bearer' ? { authorization: `Bearer ${key}` } : { [auth]: key };
}

function infoOf({ kind, prices, baseURL }: UpstreamSettings, model: string): ModelInfo {
  const nearby = kind === 'ollama' || kind === 'lmstudio' || kind === 'practice';
  const own = nearby ? { price: { input: 0, output: 0 } } : baseURL === undefined ? modelInfo(`${kind}/${model}`) : {};
  const price = prices && Object.hasOwn(prices, model) ? prices[model] : undefined;
  if (!price) return own;
  const { cachedInput, cacheWrite, input, output } = price;
  return {
    ...own,
    price: {
      input,
      output,
      ...(cachedInput === undefined ? {} : { cachedInput }),
      ...(cacheWrite === undefined ? {} : { cacheWrite }),
    },
  };
}
